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
