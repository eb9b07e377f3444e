package data

import (
	"image"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
)

// Images is N images of H×W pixels and C channels. Nothing writes to one after it is made, so that copies share pixels.
type Images struct {
	N, H, W, C int
	Levels     int     // values that a model sees: 2 (0 and 1) or 256 (0..255)
	Pix        []uint8 // [N,H,W,C], row by row from the top
	Labels     []uint8 // [N] the classes, or nil
	Factors    Factors // what the embedded digits were drawn with

	// Bernoulli: Pix are not yet values but chances, of 255, to draw a one. [Batches] draws anew for every batch, everything else once: see [Images.Drawn].
	Bernoulli bool
}

// Factors are the true causes of drawn digits, each [N] or nil.
type Factors struct {
	Slant []float32 // lean to the right: horizontal shift per unit of height
	Width []float32 // of the pen, in pixels of a 28×28 image
}

// size is the number of values of an image.
func (m Images) size() int { return m.H * m.W * m.C }

// At is image i, [H,W,C], not copied: do not write to it.
func (m Images) At(i int) []uint8 { return m.Pix[i*m.size() : (i+1)*m.size()] }

// Range is images i up to, not including, j.
func (m Images) Range(i, j int) Images {
	m.Pix = part(m.Pix, i*m.size(), j*m.size())
	m.Labels = part(m.Labels, i, j)
	m.Factors = Factors{part(m.Factors.Slant, i, j), part(m.Factors.Width, i, j)}
	m.N = j - i
	return m
}

// First is the first n images, or all if there are fewer.
func (m Images) First(n int) Images { return m.Range(0, max(0, min(n, m.N))) }

// Take is the images of these indices, in this order, copied.
func (m Images) Take(indices []int) Images {
	pix := make([]uint8, 0, len(indices)*m.size())
	for _, i := range indices {
		pix = append(pix, m.At(i)...)
	}
	m.Pix = pix
	m.Labels = pick(m.Labels, indices)
	m.Factors = Factors{pick(m.Factors.Slant, indices), pick(m.Factors.Width, indices)}
	m.N = len(indices)
	return m
}

// Shuffled is all images in an order drawn from the seed.
func (m Images) Shuffled(seed int64) Images {
	return m.Take(random(seed, forShuffle, 0).Perm(m.N))
}

// Drawn is the images with their pixels drawn from Bernoulli(Pix/255), once and for all; those whose pixels are values already stay as they are.
func (m Images) Drawn(seed int64) Images {
	if m.Bernoulli {
		m.Pix = bernoulli(m.Pix, random(seed, forDrawn, 0))
		m.Levels, m.Bernoulli = 2, false
	}
	return m
}

// Images is n examples in the form that package show draws: chosen at random from all, the same ones each time.
func (m Images) Images(n int) []image.Image {
	return m.Take(random(0, forExamples, 0).Perm(m.N)[:max(0, min(n, m.N))]).Pictures()
}

// Pictures is all images, in order, in the form that package show draws.
func (m Images) Pictures() []image.Image {
	m = m.Drawn(0)
	out := make([]image.Image, m.N)
	for i := range out {
		out[i] = m.picture(i)
	}
	return out
}

// picture is an opaque grey or, of three channels, colour picture.
func (m Images) picture(i int) image.Image {
	scale := uint8(255 / (m.Levels - 1))
	rect := image.Rect(0, 0, m.W, m.H)
	if m.C == 1 {
		grey := image.NewGray(rect)
		for k, v := range m.At(i) {
			grey.Pix[k] = v * scale
		}
		return grey
	}
	colour := image.NewNRGBA(rect)
	for k := range m.H * m.W {
		pixel := colour.Pix[4*k : 4*k+4]
		for c := range min(m.C, 3) {
			pixel[c] = m.At(i)[k*m.C+c] * scale
		}
		pixel[3] = 255
	}
	return colour
}

// Floats is all images as a model sees them, row-major [N,H,W,C] in [0,1].
func (m Images) Floats() []float32 {
	m = m.Drawn(0)
	var table [256]float32
	for v := range table {
		table[v] = float32(v) / float32(m.Levels-1)
	}
	out := make([]float32, len(m.Pix))
	for k, v := range m.Pix {
		out[k] = table[v]
	}
	return out
}

// Tensor is [Images.Floats] as a tensor, float32 [N,H,W,C].
func (m Images) Tensor() *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(m.Floats(), m.N, m.H, m.W, m.C)
}

// bernoulli draws zeros and ones with chance pix/255.
func bernoulli(pix []uint8, rng *rand.Rand) []uint8 {
	out := make([]uint8, len(pix))
	for k := 0; k < len(pix); k += 4 {
		four := pix[k:min(k+4, len(pix))]
		if black(four) {
			continue // most of a digit is: no need to ask chance
		}
		bits := rng.Uint64()
		for i, p := range four {
			if bits&0xffff < uint64(p)*65536/255 {
				out[k+i] = 1
			}
			bits >>= 16
		}
	}
	return out
}

func black(pix []uint8) bool {
	var or uint8
	for _, v := range pix {
		or |= v
	}
	return or == 0
}

// LabelTensor is the classes, int32 [N]; nil if there are none.
func (m Images) LabelTensor() *tensors.Tensor {
	if m.Labels == nil {
		return nil
	}
	out := make([]int32, m.N)
	for i, v := range m.Labels {
		out[i] = int32(v)
	}
	return tensors.FromFlatDataAndDimensions(out, m.N)
}

func part[T any](s []T, i, j int) []T {
	if s == nil {
		return nil
	}
	return s[i:j:j]
}

func pick[T any](s []T, indices []int) []T {
	if s == nil {
		return nil
	}
	out := make([]T, len(indices))
	for k, i := range indices {
		out[k] = s[i]
	}
	return out
}
