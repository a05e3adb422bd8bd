#include "bridge.h"

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

// What libvips takes for codes from 0 to 255 although it is not: numbers of 32
// bits, of which the upper eight say enough, and grey in floating point, which
// is light itself as in RGB. Packed Lab is unpacked, so that bands are bands.
static int
plain_numbers(VipsObject *scope, VipsImage *in, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 4);
	gboolean real = vips_band_format_isfloat(in->BandFmt);

	if (in->Coding != VIPS_CODING_NONE)
		return vips_colourspace(in, out, VIPS_INTERPRETATION_LAB, NULL);
	if (in->BandFmt == VIPS_FORMAT_UINT)
		return vips_linear1(in, &t[0], 1.0 / (1 << 24), 0, NULL) ||
			vips_cast(t[0], out, VIPS_FORMAT_UCHAR, NULL);
	if (!real || in->Bands > 2 || in->Type != VIPS_INTERPRETATION_B_W)
		return vips_copy(in, out, NULL);
	if (vips_extract_band(in, &t[0], 0, NULL))
		return -1;
	t[1] = t[0];
	t[2] = t[0];
	g_object_ref(t[0]);
	g_object_ref(t[0]);
	if (in->Bands == 2 && vips_extract_band(in, &t[3], 1, NULL))
		return -1;
	VipsImage *joined;
	if (vips_bandjoin(t, &joined, in->Bands == 2 ? 4 : 3, NULL))
		return -1;
	int result = vips_copy(joined, out,
		"interpretation", VIPS_INTERPRETATION_scRGB, NULL);
	g_object_unref(joined);
	return result;
}

// Colours under transparency must not bleed into their neighbours, so that
// they are weighted by alpha meanwhile. The size is met exactly.
static int
resize(VipsObject *scope, VipsImage *in, int width, int height, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 4);
	double across = (double) width / in->Xsize;
	double down = (double) height / in->Ysize;

	if (in->Xsize == width && in->Ysize == height)
		return vips_copy(in, out, NULL);
	if (!vips_image_hasalpha(in))
		return vips_resize(in, out, across, "vscale", down, NULL);
	if (vips_premultiply(in, &t[0], NULL) ||
		vips_resize(t[0], &t[1], across, "vscale", down, NULL) ||
		vips_unpremultiply(t[1], &t[2], NULL))
		return -1;
	if (vips_band_format_isfloat(in->BandFmt))
		return vips_copy(t[2], out, NULL);
	return vips_rint(t[2], &t[3], NULL) || // a cast only cuts off
		vips_cast(t[3], out, in->BandFmt, NULL);
}

static gboolean
is_lab(VipsImage *in)
{
	return in->Type == VIPS_INTERPRETATION_LAB ||
		in->Type == VIPS_INTERPRETATION_LABS;
}

// Files hold Lab under D50, as profiles do, and libvips takes it for D65.
static int
lab_to_srgb(VipsObject *scope, VipsImage *in, VipsImage **out)
{
	static const double bradford[] = { 0.9555766, -0.0230393, 0.0631636,
		-0.0282895, 1.0099416, 0.0210077, 0.0122982, -0.0204830, 1.3299098 };
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 5);
	VipsArrayDouble *d50 = vips_array_double_newv(3, 96.422, 100.0, 82.521);
	int result = vips_colourspace(in, &t[0], VIPS_INTERPRETATION_LAB, NULL) ||
		vips_Lab2XYZ(t[0], &t[1], "temp", d50, NULL);

	vips_area_unref(VIPS_AREA(d50));
	if (result ||
		!(t[2] = vips_image_new_matrix_from_array(3, 3, bradford, 9)) ||
		vips_recomb(t[1], &t[3], t[2], NULL) ||
		vips_copy(t[3], &t[4], "interpretation", VIPS_INTERPRETATION_XYZ, NULL))
		return -1;
	return vips_colourspace(t[4], out, VIPS_INTERPRETATION_sRGB, NULL);
}

// Colours without alpha as 8-bit sRGB. A profile that turns out unusable is
// left aside, as browsers do.
static int
colours_to_srgb(VipsObject *scope, VipsImage *in, int intent, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 2);

	if (intent == SL_IGNORE_PROFILE ||
		vips_icc_transform(in, &t[0], "srgb", "embedded", TRUE,
			"intent", intent, "depth", 8, NULL)) {
		vips_error_clear();
		if (vips_copy(in, &t[0], NULL))
			return -1;
		vips_image_remove(t[0], VIPS_META_ICC_NAME);
	}
	if (is_lab(t[0]) ? lab_to_srgb(scope, t[0], &t[1])
		: vips_colourspace(t[0], &t[1], VIPS_INTERPRETATION_sRGB, NULL))
		return -1;
	if (t[1]->Bands != 3) {
		vips_error("safelight", "unsupported number of channels");
		return -1;
	}
	return vips_cast(t[1], out, VIPS_FORMAT_UCHAR, NULL);
}

// The most that alpha can be.
static double
opaque(VipsImage *in)
{
	if (in->Type == VIPS_INTERPRETATION_scRGB)
		return 1;
	return in->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255;
}

// The pixels as 8-bit sRGB with or without alpha, whatever they were. Colour
// management knows nothing of alpha's range, so that it goes another way.
static int
to_srgb(VipsObject *scope, VipsImage *in, int intent, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 6);
	int colours = in->Type == VIPS_INTERPRETATION_CMYK ? 4
		: in->Bands < 3 ? 1 : 3;

	if (!vips_image_hasalpha(in))
		return colours_to_srgb(scope, in, intent, out);
	if (vips_extract_band(in, &t[0], 0, "n", colours, NULL) ||
		colours_to_srgb(scope, t[0], intent, &t[1]) ||
		vips_extract_band(in, &t[2], colours, NULL) ||
		vips_linear1(t[2], &t[3], 255 / opaque(in), 0, NULL) ||
		vips_rint(t[3], &t[4], NULL) ||
		vips_cast(t[4], &t[5], VIPS_FORMAT_UCHAR, NULL))
		return -1;
	return vips_bandjoin2(t[1], t[5], out, NULL);
}

// What costs much is done to few pixels: colours are converted after the
// resize, and the picture is turned last.
static int
render(VipsObject *scope, VipsImage *in, int intent, int width, int height,
	int orientation, VipsImage **out)
{
	VipsImage **t = (VipsImage **) vips_object_local_array(scope, 5);

	if (plain_numbers(scope, in, &t[0]) ||
		resize(scope, t[0], width, height, &t[1]) ||
		to_srgb(scope, t[1], intent, &t[2]))
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
sl_render(VipsImage *in, int intent, int width, int height, int orientation,
	VipsImage **out)
{
	VipsObject *scope = VIPS_OBJECT(vips_image_new());
	int result = render(scope, in, intent, width, height, orientation, out);

	g_object_unref(scope);
	return result;
}

int
sl_smaller(VipsImage *in, int width, int height, VipsImage **out)
{
	VipsObject *scope = VIPS_OBJECT(vips_image_new());
	VipsImage *small;
	int result = resize(scope, in, width, height, &small);

	if (!result) {
		if ((*out = vips_image_copy_memory(small)))
			remove_fields(*out);
		else
			result = -1;
		g_object_unref(small);
	}
	g_object_unref(scope);
	return result;
}
