package imageinfo

// readTIFF reads the first directory, which is the page that is shown, checks
// that its data lies inside the file, and counts the pages.
func readTIFF(s *source, h *Header, maxPages int) error {
	f, first, err := openTIFF(s)
	if err != nil {
		return err
	}
	tags, next, err := f.directory(first)
	if err != nil {
		return err
	}
	if err := f.page(tags, h); err != nil {
		return err
	}
	if err := f.dataInside(tags); err != nil {
		return err
	}
	for _, e := range tags {
		if !e.inside(s.size) {
			return cutShort()
		}
	}
	for next != 0 && h.Frames <= maxPages { // a loop of directories ends at the limit
		if next, err = f.skipDirectory(next); err != nil {
			return err
		}
		h.Frames++
	}
	return nil
}

// photometric interpretations; those missing here are RAW or too rare to be tried.
var tiffColors = map[uint64]Color{
	0: ColorGray, 1: ColorGray, 2: ColorRGB, 3: ColorPalette, 5: ColorCMYK, 6: ColorRGB, 8: ColorLab,
}

func (f tiffFile) page(tags map[uint16]tiffEntry, h *Header) error {
	if _, raw := tags[tagDNGVersion]; raw {
		return unsupported("RAW camera files are not taken; develop the picture first.")
	}
	read := func(tag uint16, def uint64) (v uint64) {
		n, err := f.number(tags, tag, def)
		if err != nil {
			return 1 << 40 // no valid value of any tag read here
		}
		return n
	}
	if read(tagSubfileType, 0)&1 != 0 { // a thumbnail comes first in RAW files alone
		return unsupported("RAW camera files are not taken; develop the picture first.")
	}
	w, ht := read(tagImageWidth, 0), read(tagImageLength, 0)
	bits, samples := read(tagBitsPerSample, 1), read(tagSamplesPerPixel, 1)
	if w == 0 || ht == 0 || w > 1<<31-1 || ht > 1<<31-1 || bits > 64 || bits == 0 || samples > 1<<16 {
		return corrupt("The TIFF's header is damaged.")
	}
	color, ok := tiffColors[read(tagPhotometric, 1)]
	if !ok {
		return unsupported("This kind of TIFF is not taken.")
	}
	h.Width, h.Height, h.BitDepth, h.Color = int(w), int(ht), int(bits), color
	h.Orientation = orientation(read(tagOrientation, 1))
	if e, ok := tags[tagICCProfile]; ok {
		b, err := f.s.at(e.off, int(min(e.count, maxProfile, uint64(max(f.s.size-e.off, 0)))))
		if err != nil {
			b = nil // it lies outside, which fails the file below
		}
		h.profile(b)
	}
	extra := read(tagExtraSamples, 0)
	h.Alpha = extra == 1 || extra == 2
	return nil
}

// dataInside checks the strips or tiles of a page against the file's end.
func (f tiffFile) dataInside(tags map[uint16]tiffEntry) error {
	offsets, counts := tags[tagStripOffsets], tags[tagStripByteCounts]
	if offsets.count == 0 {
		offsets, counts = tags[tagTileOffsets], tags[tagTileByteCounts]
	}
	if offsets.count == 0 {
		return corrupt("The TIFF holds no picture.")
	}
	if offsets.count > maxStrips {
		return unsupported("The TIFF is cut into more pieces than any program makes.")
	}
	if counts.count < offsets.count { // old writers leave the counts out; decoders cope
		return nil
	}
	// Two passes in step would throw the window from one array to the other
	// for each strip; a block at a time keeps both reads near each other.
	const block = 4096
	var starts [block]uint64
	for base := uint64(0); base < offsets.count; base += block {
		n := min(block, offsets.count-base)
		for i := range n {
			v, err := f.value(offsets, base+i)
			if err != nil {
				return err
			}
			starts[i] = v
		}
		for i := range n {
			v, err := f.value(counts, base+i)
			if err != nil {
				return err
			}
			if size := uint64(f.s.size); v > size || starts[i] > size-v {
				return cutShort()
			}
		}
	}
	return nil
}
