package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
)

// fixedQuality is what the search is compared with.
const fixedQuality = 80

// savingReport compares the search with fixed quality over a set of pictures.
// Savings are the mean of what the full variant is smaller than the file that
// came in, which may have had more pixels. SSIM is on luma, against the decoded
// and resized original, 1 where the original was kept.
type savingReport struct {
	Pictures int     `json:"pictures"`
	Search   outcome `json:"search"`
	Fixed    outcome `json:"fixedQuality80"`
}

type outcome struct {
	MeanSaving   float64 `json:"meanSaving"`
	MeanSSIM     float64 `json:"meanSSIM"`
	LowestSSIM   float64 `json:"lowestSSIM"`
	BelowTarget  int     `json:"belowTarget"`
	KeptOriginal int     `json:"keptOriginal"`
	Lossless     int     `json:"lossless"`
	MeanTries    float64 `json:"meanTries"`
}

// saving measures the sets.
func (b *bench) saving(ctx context.Context, corpus string) (map[string]savingReport, error) {
	p, err := b.pool(imaging.Config{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	sets, err := b.sets(corpus)
	if err != nil {
		return nil, err
	}
	out := map[string]savingReport{}
	for name, paths := range sets {
		set := savingReport{Pictures: len(paths)}
		for _, path := range paths {
			for _, way := range []struct {
				minSSIM float64
				into    *outcome
			}{{0.98, &set.Search}, {0, &set.Fixed}} {
				if err := b.one(ctx, p, path, way.minSSIM, way.into); err != nil {
					return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
				}
			}
		}
		set.Search.mean(set.Pictures)
		set.Fixed.mean(set.Pictures)
		out[name] = set
	}
	return out, nil
}

// one compresses a picture and adds what came of it.
func (b *bench) one(ctx context.Context, p *imaging.Pool, path string, minSSIM float64, sum *outcome) error {
	r, err := b.request(path)
	if err != nil {
		return err
	}
	r.MinSSIM = minSSIM
	result, err := p.Compress(ctx, r)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	d := result.Decision
	ssim := 1.0
	if !d.Kept { // measured anew, on the stored file
		if ssim, err = codec.SSIM(r, result.Variants[0].Path); err != nil {
			return fmt.Errorf("measure: %w", err)
		}
	} else {
		sum.KeptOriginal++
	}
	if d.Lossless && !d.Kept {
		sum.Lossless++
	}
	if ssim < 0.98 {
		sum.BelowTarget++
	}
	if sum.LowestSSIM == 0 || ssim < sum.LowestSSIM {
		sum.LowestSSIM = ssim
	}
	sum.MeanSaving += 1 - float64(d.BytesAfter)/float64(d.BytesBefore)
	sum.MeanSSIM += ssim
	sum.MeanTries += float64(d.Tries)
	return nil
}

// mean turns sums into means.
func (o *outcome) mean(n int) {
	o.MeanSaving /= float64(n)
	o.MeanSSIM /= float64(n)
	o.MeanTries /= float64(n)
}

// sets are the pictures to measure, by name.
func (b *bench) sets(corpus string) (map[string][]string, error) {
	sets := map[string][]string{}
	for i, size := range [][2]int{{640, 480}, {1024, 768}, {1600, 1200}, {2560, 1706}, {3000, 2000}} {
		for seed := range uint64(4) {
			if err := b.add(sets, "generated photos", photograph(size[0], size[1], uint64(i)*100+seed)); err != nil {
				return nil, err
			}
		}
		if err := b.add(sets, "generated drawings", drawing(size[0], size[1], uint64(i))); err != nil {
			return nil, err
		}
	}
	if corpus == "" {
		return sets, nil
	}
	err := filepath.WalkDir(filepath.Join(corpus, "photos"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			sets["corpus photos"] = append(sets["corpus photos"], path)
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the corpus has no folder photos: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("walk the corpus: %w", err)
	}
	return sets, nil
}

func (b *bench) add(sets map[string][]string, set string, img image.Image) error {
	data, err := asJPEG(img)
	if err != nil {
		return err
	}
	path, err := b.store(fmt.Sprintf("%s-%d", set, len(sets[set])), data)
	sets[set] = append(sets[set], path)
	return err
}
