package subscale

import (
	"fmt"

	"github.com/curious-go/curious/pkg/data"
)

// Depth is images with only so many significant bits of each value left: 256 levels and 3 bits make 8 levels.
func Depth(images data.Images, bits int) (data.Images, error) {
	has := 0
	for 1<<has < images.Levels {
		has++
	}
	if images.Bernoulli || 1<<has != images.Levels || bits < 1 || bits > has {
		return data.Images{}, fmt.Errorf("subscale: %d bits of images of %d levels: the levels must be a power of two, drawn, and the bits no more than they have", bits, images.Levels)
	}
	pixels := make([]uint8, len(images.Pix))
	for i, v := range images.Pix {
		pixels[i] = v >> (has - bits)
	}
	images.Pix, images.Levels = pixels, 1<<bits
	return images, nil
}

// Split makes what the model codes of images, see [Config.Planes]: in two depths, [N,H,W,2C] of high bits and low bits; else the images themselves.
// It fails on images that are not the model's.
func (c Config) Split(images data.Images) (data.Images, error) {
	c = c.withDefaults()
	if err := c.fits(images); err != nil || c.High == 0 {
		return images, err
	}
	low, n := c.Bits-c.High, c.Colours
	pixels := make([]uint8, 2*len(images.Pix))
	for i, v := range images.Pix {
		at := i/n*2*n + i%n
		pixels[at], pixels[at+n] = v>>low, v&(1<<low-1)
	}
	images.Pix, images.C, images.Levels = pixels, 2*n, c.levels()
	return images, nil
}

// Join undoes [Config.Split].
func (c Config) Join(planes data.Images) (data.Images, error) {
	c = c.withDefaults()
	if c.High == 0 {
		return planes, c.fits(planes)
	}
	if planes.C != 2*c.Colours || planes.Levels != c.levels() || len(planes.Pix) != planes.N*planes.H*planes.W*planes.C {
		return data.Images{}, fmt.Errorf("subscale: joining planes: %d values of %d levels for %d images of %d planes: give what Split made", len(planes.Pix), planes.Levels, planes.N, planes.C)
	}
	low, n := c.Bits-c.High, c.Colours
	pixels := make([]uint8, len(planes.Pix)/2)
	for i := range pixels {
		at := i/n*2*n + i%n
		pixels[i] = planes.Pix[at]<<low | planes.Pix[at+n]
	}
	planes.Pix, planes.C, planes.Levels = pixels, n, 1<<c.Bits
	return planes, c.fits(planes)
}

// fits says whether images are such as the model draws.
func (c Config) fits(images data.Images) error {
	switch {
	case images.Bernoulli:
		return fmt.Errorf("subscale: images whose pixels are chances: draw them once, with Drawn")
	case images.N < 1 || len(images.Pix) != images.N*images.H*images.W*images.C:
		return fmt.Errorf("subscale: %d values for %d images of %d×%d×%d: use images as package data makes them, and one at least", len(images.Pix), images.N, images.H, images.W, images.C)
	case images.H != c.Height || images.W != c.Width || images.C != c.Colours:
		return fmt.Errorf("subscale: images of %d×%d×%d: the model is for %d×%d×%d", images.H, images.W, images.C, c.Height, c.Width, c.Colours)
	case images.Levels != 1<<c.Bits:
		return fmt.Errorf("subscale: images of %d levels: the model is for %d bits, %d levels: see Depth", images.Levels, c.Bits, 1<<c.Bits)
	}
	for i, v := range images.Pix {
		if int(v) >= images.Levels {
			return fmt.Errorf("subscale: image %d holds the value %d: of %d levels, values are 0 to %d", i*images.N/len(images.Pix), v, images.Levels, images.Levels-1)
		}
	}
	return nil
}

// bitsOf is how many bits a value has.
func bitsOf(images data.Images) (int, error) {
	if images.Bernoulli {
		return 1, nil
	}
	for n := 1; n <= 8; n++ {
		if images.Levels == 1<<n {
			return n, nil
		}
	}
	return 0, fmt.Errorf("images of %d levels: there must be a power of two, 2 to 256", images.Levels)
}

// prepare leaves the model's bits of images, and says whether they are such as it draws.
func (c Config) prepare(images data.Images) (data.Images, error) {
	if full, err := bitsOf(images); err == nil && full > c.Bits {
		if images, err = Depth(images, c.Bits); err != nil {
			return images, err
		}
	}
	return images, c.fits(images.Drawn(0))
}
