#include "sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static gboolean
shows_through(const uint8_t *pixels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pixels[i * 4 + 3] != 255)
			return TRUE;
	return FALSE;
}

void
sl_luma(const uint8_t *p, int bands, size_t n, int background, uint8_t *out)
{
	for (size_t i = 0; i < n; i++, p += bands) {
		int y = (19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16;

		if (bands == 4)
			y = (y * p[3] + background * (255 - p[3]) + 127) / 255;
		out[i] = y;
	}
}

int
sl_sample_need_lumas(sl_sample *s)
{
	int wanted = s->bands == 4 ? 2 : 1;

	for (; s->lumas < wanted; s->lumas++) {
		uint8_t *luma = malloc(sl_sample_area(s));

		if (!luma) {
			vips_error("safelight", "out of memory for luma");
			return -1;
		}
		sl_luma(s->pixels, s->bands, sl_sample_area(s), 255 * s->lumas, luma);
		s->luma[s->lumas] = luma;
	}
	return 0;
}

static sl_sample *
new_sample(int width, int height, int bands)
{
	sl_sample *s = calloc(1, sizeof *s);

	if (!s) {
		vips_error("safelight", "out of memory for a sample");
		return NULL;
	}
	s->width = width;
	s->height = height;
	s->bands = bands;
	return s;
}

// own_pixels gives a sample memory of its own for its pixels.
static uint8_t *
own_pixels(sl_sample *s)
{
	uint8_t *pixels = malloc(sl_sample_area(s) * s->bands);

	if (!pixels)
		vips_error("safelight", "out of memory for a sample");
	s->pixels = pixels;
	return pixels;
}

sl_sample *
sl_sample_whole(VipsImage *in)
{
	sl_sample *s;
	uint8_t *to;
	const uint8_t *from;
	size_t n = VIPS_IMAGE_N_PELS(in);
	int bands;

	if (vips_image_wio_input(in))
		return NULL;
	if ((in->Bands != 3 && in->Bands != 4) || in->BandFmt != VIPS_FORMAT_UCHAR) {
		vips_error("safelight", "a sample needs 3 or 4 bands of 8 bits");
		return NULL;
	}
	from = VIPS_IMAGE_ADDR(in, 0, 0);
	bands = in->Bands == 4 && shows_through(from, n) ? 4 : 3;
	if (!(s = new_sample(in->Xsize, in->Ysize, bands)))
		return NULL;
	if (bands == in->Bands) {
		s->pixels = from;
		s->image = in;
		g_object_ref(in);
		return s;
	}
	if (!(to = own_pixels(s))) {
		sl_sample_free(s);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * 3, from + i * 4, 3);
	return s;
}

// place is where a tile lies, and how much detail there is in it.
typedef struct {
	int x, y;
	long detail;
} place;

static int
by_detail(const void *a, const void *b)
{
	const place *p = a, *q = b;

	if (p->detail != q->detail)
		return p->detail < q->detail ? -1 : 1;
	if (p->y != q->y)
		return p->y - q->y;
	return p->x - q->x;
}

static long
detail_at(const sl_sample *s, const place *at, int tile)
{
	long sum = 0;

	for (int i = 0; i < s->lumas; i++)
		for (int y = 0; y + 1 < tile; y += 2) {
			const uint8_t *p = s->luma[i] + (size_t) (at->y + y) * s->width + at->x;

			for (int x = 0; x + 1 < tile; x += 2)
				sum += abs(p[x] - p[x + 1]) + abs(p[x] - p[x + s->width]);
		}
	return sum;
}

// cut_tiles copies every so manieth tile, in the order of detail, so that the
// sheet has the same mixture as the whole.
static sl_sample *
cut_tiles(const sl_sample *whole, const place *places, int n, int tile, int columns, int rows)
{
	sl_sample *s = new_sample(columns * tile, rows * tile, whole->bands);
	size_t bands = whole->bands;
	uint8_t *to;

	if (!s || !(to = own_pixels(s))) {
		if (s)
			sl_sample_free(s);
		return NULL;
	}
	s->tile = tile;
	for (int i = 0; i < columns * rows; i++) {
		const place *at = &places[(int) ((i + 0.5) * n / (columns * rows))];
		size_t x = i % columns * tile, y = i / columns * tile;

		for (int line = 0; line < tile; line++)
			memcpy(to + ((y + line) * s->width + x) * bands,
				whole->pixels + ((size_t) (at->y + line) * whole->width + at->x) * bands,
				tile * bands);
	}
	return s;
}

sl_sample *
sl_sample_tiles(sl_sample *whole, int tile, int area)
{
	int across = whole->width / tile, n = across * (whole->height / tile);
	int wanted = area / (tile * tile) < n ? area / (tile * tile) : n;
	int columns = ceil(sqrt(wanted));
	place *places;
	sl_sample *s;

	if (wanted < 1) {
		vips_error("safelight", "the picture is smaller than a tile");
		return NULL;
	}
	if (sl_sample_need_lumas(whole))
		return NULL;
	if (!(places = calloc(n, sizeof *places))) {
		vips_error("safelight", "out of memory for tiles");
		return NULL;
	}
	for (int i = 0; i < n; i++) {
		places[i].x = i % across * tile;
		places[i].y = i / across * tile;
		places[i].detail = detail_at(whole, &places[i], tile);
	}
	qsort(places, n, sizeof *places, by_detail);
	s = cut_tiles(whole, places, n, tile, columns, wanted / columns);
	free(places);
	return s;
}

void
sl_sample_free(sl_sample *s)
{
	for (int i = 0; i < s->lumas; i++)
		free(s->luma[i]);
	if (s->converted)
		WebPPictureFree(&s->yuv);
	if (s->image)
		g_object_unref(s->image);
	else
		free((void *) s->pixels);
	free(s);
}

double
sl_sample_flat(const sl_sample *s)
{
	size_t same = 0, seen = 0, bands = s->bands;

	for (int y = 0; y < s->height; y++) {
		const uint8_t *p = s->pixels + (size_t) y * s->width * bands;

		for (int x = 1; x < s->width; x++) {
			if (s->tile && x % s->tile == 0)
				continue;
			seen++;
			same += !memcmp(p + x * bands, p + (x - 1) * bands, bands);
		}
	}
	return seen ? (double) same / seen : 0;
}

gboolean
sl_sample_few(const sl_sample *s)
{
	enum { MOST = 256, SLOTS = 1024 };
	uint32_t seen[SLOTS];
	gboolean taken[SLOTS] = { FALSE };
	uint32_t last = 0;
	int n = 0;

	for (size_t i = 0; i < sl_sample_area(s); i++) {
		const uint8_t *p = s->pixels + i * s->bands;
		uint32_t color = p[0] | p[1] << 8 | p[2] << 16 |
			(uint32_t) (s->bands == 4 ? p[3] : 255) << 24;
		uint32_t slot = color * 2654435761u >> 22;

		if (n > 0 && color == last)
			continue;
		last = color;
		while (taken[slot] && seen[slot] != color)
			slot = (slot + 1) % SLOTS;
		if (taken[slot])
			continue;
		if (++n > MOST)
			return FALSE;
		taken[slot] = TRUE;
		seen[slot] = color;
	}
	return TRUE;
}
