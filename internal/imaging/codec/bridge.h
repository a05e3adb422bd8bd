// What bimg cannot do right on libvips 8.14: loaders that fail on truncated
// input, colours to sRGB whatever comes, one decode for several sizes, and
// images freed of every field of metadata before they are saved.
#ifndef SAFELIGHT_BRIDGE_H
#define SAFELIGHT_BRIDGE_H

#include <vips/vips.h>

// The numbers of imageinfo.Format.
enum { SL_JPEG = 1, SL_PNG, SL_WEBP, SL_GIF, SL_TIFF, SL_AVIF, SL_HEIC };

// sl_block_untrusted keeps libvips from loaders made for trusted input.
void sl_block_untrusted(void);

// sl_default_xcpu gives SIGXCPU back its default action, which is the end of
// the process: the Go runtime would swallow it.
void sl_default_xcpu(void);

// sl_open opens the first picture of a file with the loader of its format,
// which fails on truncated input once the pixels are read. shrink is for JPEG:
// 1, 2, 4 or 8. All return 0, or -1 with the error in libvips' buffer.
int sl_open(const char *path, int format, int shrink, VipsImage **out);

// sl_profile gives the embedded colour profile, which belongs to the image,
// and whether it fits the pixels: an RGB profile on a grey picture is common,
// and would make the conversion fail.
enum { SL_NO_PROFILE, SL_FIT_PROFILE, SL_UNFIT_PROFILE };
int sl_profile(VipsImage *in, const void **data, size_t *length);

// sl_render decodes to sRGB, in the given size (before turning), upright by the
// EXIF orientation, 8 bits, 3 or 4 bands, in memory, without metadata. intent
// is one of VipsIntent, with which the embedded profile is followed.
enum { SL_IGNORE_PROFILE = -1 };
int sl_render(VipsImage *in, int intent, int width, int height, int orientation,
	VipsImage **out);

// sl_smaller makes a copy in memory of the given size.
int sl_smaller(VipsImage *in, int width, int height, VipsImage **out);

// sl_rgba gives the pixels as RGBA in a buffer that g_free takes.
int sl_rgba(VipsImage *in, void **buf, size_t *len);

#endif
