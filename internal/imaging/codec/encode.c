#include "sample.h"

#include <string.h>

// AVIF's effort of 1 is the encoder's speed 8. Unset it is the slowest, for
// files that are hardly smaller and take eighty times as long.
#define AVIF_EFFORT 1

// import makes libwebp's own picture of the pixels.
static int
import(const sl_sample *s, gboolean argb, WebPPicture *out)
{
	int stride = s->width * s->bands;

	if (!WebPPictureInit(out)) {
		vips_error("safelight", "libwebp is of another version");
		return -1;
	}
	out->use_argb = argb;
	out->width = s->width;
	out->height = s->height;
	if (!(s->bands == 4 ? WebPPictureImportRGBA(out, s->pixels, stride)
						: WebPPictureImportRGB(out, s->pixels, stride))) {
		WebPPictureFree(out);
		vips_error("safelight", "out of memory for WebP");
		return -1;
	}
	return 0;
}

static int
encode(WebPPicture *picture, const WebPConfig *config, void **buf, size_t *len)
{
	WebPMemoryWriter writer;
	int done;

	if (!WebPValidateConfig(config)) {
		vips_error("safelight", "bad settings for WebP");
		return -1;
	}
	WebPMemoryWriterInit(&writer);
	picture->writer = WebPMemoryWrite;
	picture->custom_ptr = &writer;
	done = WebPEncode(config, picture);
	if (done && !(*buf = g_try_malloc(writer.size))) {
		picture->error_code = VP8_ENC_ERROR_OUT_OF_MEMORY;
		done = 0;
	}
	if (done) {
		memcpy(*buf, writer.mem, writer.size);
		*len = writer.size;
	}
	WebPMemoryWriterClear(&writer);
	if (done)
		return 0;
	if (picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
		picture->error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
		vips_error("safelight", "out of memory in WebP's encoder");
	else
		vips_error("safelight", "WebP's encoder failed with %d", picture->error_code);
	return -1;
}

int
sl_sample_webp(sl_sample *s, int quality, int effort, void **buf, size_t *len)
{
	WebPConfig config;

	if (!s->converted) {
		if (import(s, FALSE, &s->yuv))
			return -1;
		s->converted = TRUE;
	}
	if (!WebPConfigInit(&config)) {
		vips_error("safelight", "libwebp is of another version");
		return -1;
	}
	config.quality = quality;
	config.method = effort;
	return encode(&s->yuv, &config, buf, len);
}

int
sl_sample_lossless(const sl_sample *s, int near, int effort, void **buf, size_t *len)
{
	WebPConfig config;
	WebPPicture picture;
	int result;

	if (!WebPConfigInit(&config)) {
		vips_error("safelight", "libwebp is of another version");
		return -1;
	}
	config.lossless = 1;
	config.near_lossless = near;
	config.method = effort;
	if (import(s, TRUE, &picture))
		return -1;
	result = encode(&picture, &config, buf, len);
	WebPPictureFree(&picture);
	return result;
}

int
sl_sample_avif(const sl_sample *s, int quality, void **buf, size_t *len)
{
	VipsImage *bare, *image = NULL;
	int result = -1;

	if (!(bare = vips_image_new_from_memory(s->pixels, sl_sample_area(s) * s->bands,
			  s->width, s->height, s->bands, VIPS_FORMAT_UCHAR)))
		return -1;
	if (!vips_copy(bare, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL)) {
		result = vips_heifsave_buffer(image, buf, len, "Q", quality,
			"compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
			"effort", AVIF_EFFORT, "strip", TRUE, NULL);
		g_object_unref(image);
	}
	g_object_unref(bare);
	return result;
}
