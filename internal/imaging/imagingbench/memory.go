package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"safelight/internal/imaging"
)

// memoryReport is the resident memory of the decoders together, in MiB, when a
// quarter, a half, three quarters and all pictures are done. None of them is
// replaced meanwhile, as the pool would do after some hundred pictures. The
// numbers are 0 where the system has no /proc.
type memoryReport struct {
	Images      int        `json:"images"`
	ResidentMiB [4]float64 `json:"decodersResidentMiB"`
	OwnMiB      [4]float64 `json:"poolResidentMiB"` // of the process that holds the pool
	// Growth is the last number as a multiple of the first.
	Growth float64 `json:"growth"`
}

func (b *bench) memory(ctx context.Context, images int) (out memoryReport, err error) {
	var paths []string
	for seed := range uint64(16) {
		data, err := asJPEG(photograph(240+int(seed)*20, 180+int(seed)*15, seed))
		if err != nil {
			return out, err
		}
		path, err := b.store(fmt.Sprintf("small-%d.jpg", seed), data)
		if err != nil {
			return out, err
		}
		paths = append(paths, path)
	}
	p, err := b.pool(imaging.Config{MaxImages: images + 1})
	if err != nil {
		return out, err
	}
	defer p.Close()
	out.Images = images
	for quarter := range 4 {
		w := work{AtOnce: atOnce()}
		for i := range images / 4 {
			r, err := b.request(paths[i%len(paths)])
			if err != nil {
				return out, err
			}
			w.Requests = append(w.Requests, r)
		}
		if _, err := runPool(ctx, p, w); err != nil {
			return out, err
		}
		for _, pid := range children() {
			out.ResidentMiB[quarter] += resident(pid)
		}
		out.OwnMiB[quarter] = resident(os.Getpid())
	}
	if out.ResidentMiB[0] > 0 {
		out.Growth = out.ResidentMiB[3] / out.ResidentMiB[0]
	}
	return out, nil
}

// children are the processes that this one has started.
func children() (pids []int) {
	names, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil // the pattern is a constant
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended
		}
		for _, word := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// cpuOf is the CPU time that a process has used, in seconds, or 0.
func cpuOf(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// Behind the name, which may hold anything: the 12th and 13th number, in hundredths.
	words := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(words) < 13 {
		return 0
	}
	user, userErr := strconv.ParseFloat(words[11], 64)
	system, systemErr := strconv.ParseFloat(words[12], 64)
	if userErr != nil || systemErr != nil {
		return 0
	}
	return (user + system) / 100
}

// resident is the memory of a process in MiB, or 0.
func resident(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return 0
			}
			return kib / 1024
		}
	}
	return 0
}
