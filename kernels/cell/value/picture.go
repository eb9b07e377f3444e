package value

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
)

const (
	widest = 2000 // pixels of a picture's longer side; larger ones are shown smaller
	dense  = 1000 // pixels from which a PNG is taken to be drawn at twice the density, for sharp screens
)

func init() {
	drawPicture = func(v any) ([]byte, string, error) {
		img, ok := v.(image.Image)
		if !ok {
			return nil, "", nil
		}
		size := img.Bounds().Size()
		words := fmt.Sprintf("image %d×%d", size.X, size.Y)
		if size.X <= 0 || size.Y <= 0 {
			return nil, words, errors.New("the image is empty")
		}
		var b bytes.Buffer
		err := png.Encode(&b, shrink(img))
		return b.Bytes(), words, err
	}
	pngSize = func(data []byte) map[string]any {
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width < dense {
			return nil
		}
		return map[string]any{"width": c.Width / 2, "height": c.Height / 2}
	}
}

// shrink leaves out rows and columns of a picture that is too large.
func shrink(img image.Image) image.Image {
	b := img.Bounds()
	by := (max(b.Dx(), b.Dy()) + widest - 1) / widest
	if by <= 1 {
		return img
	}
	small := image.NewRGBA(image.Rect(0, 0, (b.Dx()+by-1)/by, (b.Dy()+by-1)/by))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Set(x, y, img.At(b.Min.X+x*by, b.Min.Y+y*by))
		}
	}
	return small
}
