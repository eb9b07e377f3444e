package show

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
)

// sprite is a small picture as a data URI, enlarged to about 56 pixels so that a tooltip shows it well. Grey pictures get by with 8 shades.
func sprite(img image.Image) (string, error) {
	b := img.Bounds()
	k := max(1, 56/max(b.Dx(), b.Dy()))
	shades := make(color.Palette, 8)
	for i := range shades {
		shades[i] = color.Gray{uint8(i * 255 / (len(shades) - 1))}
	}
	grey := image.NewPaletted(image.Rect(0, 0, b.Dx()*k, b.Dy()*k), shades)
	rgb := image.NewRGBA(grey.Rect)
	var out image.Image = grey
	for y := range b.Dy() * k {
		for x := range b.Dx() * k {
			r, g, bl := overPaper(img, b.Min.X+x/k, b.Min.Y+y/k)
			if r != g || g != bl {
				out = rgb
			}
			grey.Pix[y*grey.Stride+x] = uint8((int(r)*(len(shades)-1) + 127) / 255)
			rgb.SetRGBA(x, y, color.RGBA{r, g, bl, 255})
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, out); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}
