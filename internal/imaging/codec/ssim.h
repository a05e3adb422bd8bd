// Likeness of two pictures as people see it.
#ifndef SAFELIGHT_SSIM_H
#define SAFELIGHT_SSIM_H

#include <stddef.h>
#include <stdint.h>

// sl_ssim is the mean structural similarity of two 8-bit planes of the same
// size, row by row without gaps: Wang, Bovik, Sheikh, Simoncelli, "Image
// Quality Assessment: From Error Visibility to Structural Similarity", IEEE
// Transactions on Image Processing 13(4), 2004, with that paper's weights (an
// 11x11 Gaussian of standard deviation 1.5), constants (K1 0.01, K2 0.03, L
// 255) and window positions (wholly inside). Along a side shorter than 11 the
// window is as long as the side. width and height are at least 1; stride is
// the distance of rows in bytes.
double sl_ssim(const uint8_t *a, const uint8_t *b, int width, int height, size_t stride);

#endif
