#include "bridge.h"

#include <signal.h>
#include <string.h>

void
sl_block_untrusted(void)
{
	vips_block_untrusted_set(TRUE);
}

void
sl_default_xcpu(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	sigaction(SIGXCPU, &action, NULL);
}

static int
open_image(VipsSource *source, int format, int shrink, VipsImage **out)
{
	switch (format) {
	case SL_JPEG:
		return vips_jpegload_source(source, out, "shrink", shrink,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case SL_PNG:
		return vips_pngload_source(source, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case SL_WEBP:
		return vips_webpload_source(source, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case SL_GIF:
		return vips_gifload_source(source, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case SL_TIFF:
		return vips_tiffload_source(source, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case SL_AVIF:
	case SL_HEIC:
		return vips_heifload_source(source, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED,
			"access", VIPS_ACCESS_SEQUENTIAL, NULL);
	}
	vips_error("safelight", "format %d has no loader", format);
	return -1;
}

static int
turn_upright(VipsObject *scope, VipsImage *in, int orientation, VipsImage **out)
{
	static const VipsAngle angles[] = { VIPS_ANGLE_D0, VIPS_ANGLE_D0,
		VIPS_ANGLE_D0, VIPS_ANGLE_D180, VIPS_ANGLE_D180, VIPS_ANGLE_D270,
		VIPS_ANGLE_D90, VIPS_ANGLE_D90, VIPS_ANGLE_D270 };
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 1);
	gboolean mirrored = orientation == 2 || orientation == 4 ||
		orientation == 5 || orientation == 7;

	if (orientation < 1 || orientation > 8)
		orientation = 1;
	if (!mirrored)
		return vips_rot(in, out, angles[orientation], NULL);
	if (vips_flip(in, &t[0], VIPS_DIRECTION_HORIZONTAL, NULL))
		return -1;
	return vips_rot(t[0], out, angles[orientation], NULL);
}

static void *
collect_field(VipsImage *image, const char *name, GValue *value, void *a)
{
	g_ptr_array_add((GPtrArray *) a, g_strdup(name));
	return NULL;
}

// Every removable field goes: libvips builds EXIF anew from single exif-*
// fields, so that removing the block alone is not enough.
static void
remove_fields(VipsImage *image)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	guint i;

	vips_image_map(image, collect_field, names);
	for (i = 0; i < names->len; i++)
		vips_image_remove(image, g_ptr_array_index(names, i));
	g_ptr_array_unref(names);
}

// With an output profile libvips takes every pixel through colour management,
// even from sRGB to sRGB, which costs as much as the resize: it is asked for
// only where there is something to convert.
static int
shrink_to(VipsImage *in, int side, VipsImage **out)
{
	if (vips_image_get_typeof(in, VIPS_META_ICC_NAME) ||
		in->Type == VIPS_INTERPRETATION_CMYK)
		return vips_thumbnail_image(in, out, side, "height", side,
			"size", VIPS_SIZE_DOWN, "no_rotate", TRUE,
			"export_profile", "srgb", NULL);
	return vips_thumbnail_image(in, out, side, "height", side,
		"size", VIPS_SIZE_DOWN, "no_rotate", TRUE, NULL);
}

// The pixels as 8-bit sRGB with or without alpha, whatever they were.
static int
to_srgb(VipsObject *scope, VipsImage *in, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 2);

	if (vips_colourspace(in, &t[0], VIPS_INTERPRETATION_sRGB, NULL) ||
		vips_cast(t[0], &t[1], VIPS_FORMAT_UCHAR, NULL))
		return -1;
	if (t[1]->Bands != 3 && t[1]->Bands != 4) {
		vips_error("safelight", "unsupported number of channels");
		return -1;
	}
	return vips_copy(t[1], out, NULL);
}

int
sl_open(const char *path, int format, int shrink, VipsImage **out)
{
	VipsSource *source;
	int result;

	if (!(source = vips_source_new_from_file(path)))
		return -1;
	result = open_image(source, format, shrink, out);
	g_object_unref(source); // the image holds it
	return result;
}

int
sl_profile(VipsImage *in, const void **data, size_t *length)
{
	if (!vips_image_get_typeof(in, VIPS_META_ICC_NAME) ||
		vips_image_get_blob(in, VIPS_META_ICC_NAME, data, length))
		return SL_NO_PROFILE;
	return vips_icc_is_compatible_profile(in, *data, *length)
		? SL_FIT_PROFILE : SL_UNFIT_PROFILE;
}

static int
render(VipsObject *scope, VipsImage *in, int drop_profile, int max_side,
	int orientation, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 5);

	if (vips_copy(in, &t[0], NULL))
		return -1;
	if (drop_profile)
		vips_image_remove(t[0], VIPS_META_ICC_NAME);
	if (shrink_to(t[0], max_side, &t[1]) ||
		to_srgb(scope, t[1], &t[2]))
		return -1;

	// Turning reads in another order than a sequential loader gives.
	if (!(t[3] = vips_image_copy_memory(t[2])))
		return -1;
	if (orientation == 1) {
		*out = t[3];
		g_object_ref(*out);
	}
	else if (turn_upright(scope, t[3], orientation, &t[4]) ||
		!(*out = vips_image_copy_memory(t[4])))
		return -1;
	remove_fields(*out);
	return 0;
}

int
sl_render(VipsImage *in, int drop_profile, int max_side, int orientation,
	VipsImage **out)
{
	VipsObject *scope = VIPS_OBJECT(vips_image_new());
	int result = render(scope, in, drop_profile, max_side, orientation, out);

	g_object_unref(scope);
	return result;
}

int
sl_smaller(VipsImage *in, int side, VipsImage **out)
{
	VipsImage *small;

	if (vips_thumbnail_image(in, &small, side, "height", side,
			"size", VIPS_SIZE_DOWN, "no_rotate", TRUE, NULL))
		return -1;
	*out = vips_image_copy_memory(small);
	g_object_unref(small);
	if (!*out)
		return -1;
	remove_fields(*out);
	return 0;
}

int
sl_save_webp(VipsImage *in, int quality, int effort, void **buf, size_t *len)
{
	return vips_webpsave_buffer(in, buf, len, "Q", quality,
		"effort", effort, "strip", TRUE, NULL);
}

int
sl_rgba(VipsImage *in, void **buf, size_t *len)
{
	VipsImage *full;

	if (in->Bands == 4) {
		full = in;
		g_object_ref(full);
	}
	else if (vips_addalpha(in, &full, NULL))
		return -1;
	*buf = vips_image_write_to_memory(full, len);
	g_object_unref(full);
	return *buf ? 0 : -1;
}
