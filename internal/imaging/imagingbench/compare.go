package main

import (
	"context"
	"fmt"
	"slices"

	"safelight/internal/imaging"
)

// A photo of 12 megapixels is what phones take.
const (
	photoWidth, photoHeight = 4000, 3000
	// perRound is how many photos for each core one round has.
	perRound = 2
)

// ratioReport is how often one thing goes into another: the median of rounds
// in which both were measured, one after the other.
type ratioReport struct {
	Ratio  float64   `json:"ratio"`
	Rounds []float64 `json:"rounds"`
}

func ratios(all []float64) ratioReport {
	sorted := slices.Sorted(slices.Values(all))
	if len(sorted) == 0 { // a system that does not tell
		return ratioReport{}
	}
	return ratioReport{Ratio: sorted[len(sorted)/2], Rounds: all}
}

// turns measures two things in turns and gives how often the second goes into
// the first, by the clock and by the processor.
func (b *bench) turns(first, second func() (spent, error)) (wall, cpu ratioReport, last spent, err error) {
	var walls, cpus []float64
	for range b.rounds {
		one, err := first()
		if err != nil {
			return wall, cpu, one, err
		}
		if last, err = second(); err != nil {
			return wall, cpu, last, err
		}
		walls = append(walls, one.Wall/last.Wall)
		if last.CPU > 0 {
			cpus = append(cpus, one.CPU/last.CPU)
		}
	}
	return ratios(walls), ratios(cpus), last, nil
}

// draw makes the JPEGs of 12 megapixels, each upright and turned.
func (b *bench) draw() error {
	for seed := range uint64(3) {
		data, err := asJPEG(photograph(photoWidth, photoHeight, seed))
		if err != nil {
			return err
		}
		path, err := b.store(fmt.Sprintf("photo-%d.jpg", seed), data)
		if err != nil {
			return err
		}
		b.upright = append(b.upright, path)
		if path, err = b.store(fmt.Sprintf("turned-%d.jpg", seed), turned(data)); err != nil {
			return err
		}
		b.turned = append(b.turned, path)
	}
	return nil
}

// round is a round's work on some files.
func (b *bench) round(paths []string, change func(*imaging.Request)) (work, error) {
	w := work{AtOnce: atOnce()}
	for i := range perRound * atOnce() {
		r, err := b.request(paths[i%len(paths)])
		if err != nil {
			return work{}, err
		}
		if change != nil {
			change(&r)
		}
		w.Requests = append(w.Requests, r)
	}
	return w, nil
}

// costReport is the CPU time of the search of a quality, as a multiple of that
// of fixed quality: decoding, resizing and all three variants included.
type costReport struct {
	SearchVsFixed ratioReport `json:"searchVsFixed"`
	FixedSeconds  float64     `json:"fixedCpuSeconds"` // of one photo
}

func (b *bench) cost(ctx context.Context) (out costReport, err error) {
	searched, err := b.round(b.upright, nil)
	if err != nil {
		return out, err
	}
	fixed, err := b.round(b.upright, func(r *imaging.Request) { r.MinSSIM = 0 })
	if err != nil {
		return out, err
	}
	_, cpu, last, err := b.turns(
		func() (spent, error) { return b.runAlone(ctx, searched) },
		func() (spent, error) { return b.runAlone(ctx, fixed) })
	return costReport{SearchVsFixed: cpu, FixedSeconds: last.CPU / float64(len(fixed.Requests))}, err
}

// poolReport is the throughput of the pool as a part of what one process does
// that has no isolation, as many pictures at once as there are cores. By the
// processor it is how much the pool does with the time of a processor, as a
// part of the same; other programs on the machine disturb it less.
type poolReport struct {
	Throughput      ratioReport `json:"throughputVsOneProcess"`
	ByProcessor     ratioReport `json:"byProcessorTime"`
	PhotosPerSecond float64     `json:"photosPerSecond"`
}

func (b *bench) pooled(ctx context.Context) (out poolReport, err error) {
	w, err := b.round(b.upright, nil)
	if err != nil {
		return out, err
	}
	p, err := b.pool(imaging.Config{})
	if err != nil {
		return out, err
	}
	defer p.Close()
	var last spent
	out.Throughput, out.ByProcessor, last, err = b.turns(
		func() (spent, error) { return b.runAlone(ctx, w) },
		func() (spent, error) { return runPool(ctx, p, w) })
	out.PhotosPerSecond = float64(len(w.Requests)) / last.Wall
	return out, err
}

// rotatedReport is the time of photos that EXIF turns by a quarter, as a
// multiple of that of the same ones upright.
type rotatedReport struct {
	VsUpright   ratioReport `json:"vsUpright"`
	ByProcessor ratioReport `json:"byProcessorTime"`
}

func (b *bench) rotated(ctx context.Context) (out rotatedReport, err error) {
	straight, err := b.round(b.upright, nil)
	if err != nil {
		return out, err
	}
	turn, err := b.round(b.turned, nil)
	if err != nil {
		return out, err
	}
	p, err := b.pool(imaging.Config{})
	if err != nil {
		return out, err
	}
	defer p.Close()
	out.VsUpright, out.ByProcessor, _, err = b.turns(
		func() (spent, error) { return runPool(ctx, p, turn) },
		func() (spent, error) { return runPool(ctx, p, straight) })
	return out, err
}
