package subscale

import (
	"fmt"

	"github.com/curious-go/curious/pkg/data"
)

// Slices cuts images into s·s slices each, in the order in which they are drawn: slice (i,j) is x[i::s, j::s].
func Slices(images data.Images, s int) ([]data.Images, error) {
	if s < 1 || images.H%s != 0 || images.W%s != 0 {
		return nil, fmt.Errorf("subscale: cutting images of %d×%d into %d·%d slices: sides must be multiples: crop the images or change it", images.H, images.W, s, s)
	}
	list := make([]data.Images, s*s)
	for k := range list {
		part := images
		part.H, part.W, part.Pix = images.H/s, images.W/s, make([]uint8, 0, len(images.Pix)/s/s)
		for n := range images.N {
			for row := range part.H {
				for col := range part.W {
					at := ((row*s+k/s)*images.W + col*s + k%s) * images.C
					part.Pix = append(part.Pix, images.At(n)[at:at+images.C]...)
				}
			}
		}
		list[k] = part
	}
	return list, nil
}

// Whole undoes [Slices].
func Whole(slices []data.Images) (data.Images, error) {
	s := 1
	for s*s < len(slices) {
		s++
	}
	if len(slices) == 0 || s*s != len(slices) {
		return data.Images{}, fmt.Errorf("subscale: joining %d slices: their number must be a square: give all that Slices made", len(slices))
	}
	whole := slices[0]
	whole.H, whole.W, whole.Pix = s*whole.H, s*whole.W, make([]uint8, len(slices)*len(whole.Pix))
	for k, part := range slices {
		if part.N != whole.N || part.H*s != whole.H || part.W*s != whole.W || part.C != whole.C || part.Levels != whole.Levels || len(part.Pix)*len(slices) != len(whole.Pix) {
			return data.Images{}, fmt.Errorf("subscale: joining slices: slice %d is %d of %d×%d×%d, slice 1 is %d of %d×%d×%d: give what Slices made", k+1, part.N, part.H, part.W, part.C, slices[0].N, slices[0].H, slices[0].W, slices[0].C)
		}
		for i := range part.N * part.H * part.W {
			n, row, col := i/part.W/part.H, i/part.W%part.H, i%part.W
			at := ((n*whole.H+row*s+k/s)*whole.W + col*s + k%s) * part.C
			copy(whole.Pix[at:at+part.C], part.Pix[i*part.C:(i+1)*part.C])
		}
	}
	return whole, nil
}
