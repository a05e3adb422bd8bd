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
	perRound = 3
)

// ratioReport is how often one thing goes into another: the median of rounds
// in which both were measured, one after the other.
type ratioReport struct {
	Ratio  float64   `json:"ratio"`
	Rounds []float64 `json:"rounds"`
}

func ratios(all []float64) ratioReport {
	sorted := slices.Sorted(slices.Values(all))
	return ratioReport{Ratio: sorted[len(sorted)/2], Rounds: all}
}

// photos makes 12-megapixel JPEGs.
func (b *bench) photos() ([]string, error) {
	var paths []string
	for seed := range uint64(3) {
		data, err := asJPEG(photograph(photoWidth, photoHeight, seed))
		if err != nil {
			return nil, err
		}
		path, err := b.store(fmt.Sprintf("photo-%d.jpg", seed), data)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
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
	paths, err := b.photos()
	if err != nil {
		return out, err
	}
	searched, err := b.round(paths, nil)
	if err != nil {
		return out, err
	}
	fixed, err := b.round(paths, func(r *imaging.Request) { r.MinSSIM = 0 })
	if err != nil {
		return out, err
	}
	var all []float64
	for range b.rounds {
		f, err := b.runAlone(ctx, fixed)
		if err != nil {
			return out, err
		}
		s, err := b.runAlone(ctx, searched)
		if err != nil {
			return out, err
		}
		all = append(all, s.CPU/f.CPU)
		out.FixedSeconds = f.CPU / float64(len(fixed.Requests))
	}
	out.SearchVsFixed = ratios(all)
	return out, nil
}

// poolReport is the throughput of the pool as a part of what one process does
// that has no isolation, as many pictures at once as there are cores.
type poolReport struct {
	Throughput      ratioReport `json:"throughputVsOneProcess"`
	PhotosPerSecond float64     `json:"photosPerSecond"`
}

func (b *bench) pooled(ctx context.Context) (out poolReport, err error) {
	paths, err := b.photos()
	if err != nil {
		return out, err
	}
	w, err := b.round(paths, nil)
	if err != nil {
		return out, err
	}
	p, err := b.pool(imaging.Config{})
	if err != nil {
		return out, err
	}
	defer p.Close()
	var all []float64
	for range b.rounds {
		inPool, err := runPool(ctx, p, w)
		if err != nil {
			return out, err
		}
		one, err := b.runAlone(ctx, w)
		if err != nil {
			return out, err
		}
		all = append(all, one.Wall/inPool.Wall)
		out.PhotosPerSecond = float64(len(w.Requests)) / inPool.Wall
	}
	out.Throughput = ratios(all)
	return out, nil
}

// rotated is the time of photos that EXIF turns by a quarter, as a multiple of
// that of the same ones upright.
func (b *bench) rotated(ctx context.Context) (ratioReport, error) {
	upright, err := b.photos()
	if err != nil {
		return ratioReport{}, err
	}
	var onSide []string
	for seed := range uint64(len(upright)) {
		data, err := asJPEG(photograph(photoWidth, photoHeight, seed))
		if err != nil {
			return ratioReport{}, err
		}
		path, err := b.store(fmt.Sprintf("turned-%d.jpg", seed), turned(data))
		if err != nil {
			return ratioReport{}, err
		}
		onSide = append(onSide, path)
	}
	straight, err := b.round(upright, nil)
	if err != nil {
		return ratioReport{}, err
	}
	turn, err := b.round(onSide, nil)
	if err != nil {
		return ratioReport{}, err
	}
	p, err := b.pool(imaging.Config{})
	if err != nil {
		return ratioReport{}, err
	}
	defer p.Close()
	var all []float64
	for range b.rounds {
		s, err := runPool(ctx, p, straight)
		if err != nil {
			return ratioReport{}, err
		}
		t, err := runPool(ctx, p, turn)
		if err != nil {
			return ratioReport{}, err
		}
		all = append(all, t.Wall/s.Wall)
	}
	return ratios(all), nil
}
