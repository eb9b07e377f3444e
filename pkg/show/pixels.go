package show

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// Number is what picture values come as: bytes 0…255, or floats 0…1.
type Number interface{ ~uint8 | ~float32 | ~float64 }

// Grey is an h×w picture of one channel, row by row: bytes 0 (black) … 255 (white), or floats 0 … 1; floats beyond are clipped.
// A wrong number of values, or a NaN, is told when the picture is drawn.
func Grey[T Number](h, w int, pix []T) image.Image {
	if bad := checkPixels("Grey", h, w, 1, pix); bad != nil {
		return bad
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i, v := range pix {
		img.Pix[i] = level(v)
	}
	return img
}

// Binary is an h×w picture of zeros (paper) and ones (ink), row by row: dark strokes on white, which prints and reads better than white on black.
// Bytes other than 0 count as ink, floats as their share of ink, so that probabilities show as greys.
func Binary[T Number](h, w int, pix []T) image.Image {
	if bad := checkPixels("Binary", h, w, 1, pix); bad != nil {
		return bad
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i, v := range pix {
		ink := level(v)
		if isByte[T]() && ink > 0 {
			ink = 255
		}
		img.Pix[i] = 255 - ink
	}
	return img
}

// RGB is an h×w picture of three channels, [h, w, 3] row by row: bytes 0 … 255, or floats 0 … 1.
func RGB[T Number](h, w int, pix []T) image.Image {
	if bad := checkPixels("RGB", h, w, 3, pix); bad != nil {
		return bad
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = level(pix[3*i]), level(pix[3*i+1]), level(pix[3*i+2]), 255
	}
	return img
}

// Slab cuts a slab of n pictures [n, h, w, c] (c is 1 for grey, 3 for colour) into pictures, n found from the length:
// the form in which samples leave a model and pictures leave a data set. draw is Grey or Binary for c 1, RGB for c 3:
//
//	show.Images(show.Slab(28, 28, 1, samples, show.Binary[float32]))
func Slab[T Number](h, w, c int, pix []T, draw func(h, w int, pix []T) image.Image) []image.Image {
	size := h * w * c
	if h <= 0 || w <= 0 || c <= 0 || len(pix) == 0 || len(pix)%size != 0 {
		return []image.Image{broken{fmt.Errorf("%d values are no whole number of pictures of %d × %d × %d", len(pix), h, w, c)}}
	}
	imgs := make([]image.Image, len(pix)/size)
	for i := range imgs {
		imgs[i] = draw(h, w, pix[i*size:(i+1)*size])
	}
	return imgs
}

func isByte[T Number]() bool {
	one := T(1)
	return one/2 == 0 // Whole numbers drop the half.
}

// level is a value as a byte.
func level[T Number](v T) uint8 {
	if isByte[T]() {
		return uint8(v)
	}
	return uint8(math.Round(255 * max(0, min(1, float64(v)))))
}

func checkPixels[T Number](what string, h, w, c int, pix []T) image.Image {
	if h <= 0 || w <= 0 || h*w*c != len(pix) {
		return broken{fmt.Errorf("%s of %d × %d needs %d values, and got %d", what, h, w, max(0, h*w*c), len(pix))}
	}
	for i, v := range pix {
		if v != v {
			return broken{fmt.Errorf("%s: value %d (row %d, column %d) is NaN", what, i, i/c/w, i/c%w)}
		}
	}
	return nil
}

// broken is a picture that could not be made; who draws it reports why.
type broken struct{ why error }

func (b broken) Err() error              { return b.why }
func (b broken) ColorModel() color.Model { return color.GrayModel }
func (b broken) Bounds() image.Rectangle { return image.Rectangle{} }
func (b broken) At(int, int) color.Color { return color.Gray{} }

// checkImage says why a picture cannot be drawn, or nil.
func checkImage(img image.Image) error {
	if img == nil {
		return fmt.Errorf("it is nil")
	}
	if b, ok := img.(broken); ok {
		return b.why
	}
	if img.Bounds().Empty() {
		return fmt.Errorf("it has no pixels")
	}
	return nil
}
