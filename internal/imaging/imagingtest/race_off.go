//go:build !race

package imagingtest

// Race tells that the race detector is on.
const Race = false
