// Package subscale generates an image slice by slice: the Subscale Pixel Network.
//
// An image is cut into S·S slices, each of them every S-th pixel of every S-th row: S·S small pictures of the same thing. The first one is drawn pixel by pixel,
// as any PixelCNN would; the second one too, but given the first; and so on. What is long-range in the image is short-range in a slice, and once a slice or two
// are there the pixels in between are nearly certain. Nothing is approximated, it is the chain rule in another order:
//
//	x^(i,j) = x[i::S, j::S]                                                           slice (i,j), in raster order of (i,j)
//	log p(x) = Σ_(i,j) Σ_m log p(x^(i,j)_m | x^(i,j)_<m, x^<(i,j))                     m over the pixels of a slice in raster order
//
// One network serves all slices: an embedding looks at the slices that are there, each laid at its place relative to the one to draw, and tells a masked decoder
// what it saw. Two kinds of upscaling need no more than that. In size: the first slice is an image by itself, and comes from a network of its own. In depth: the
// significant bits of all pixels come first, and the others given them, p(x) = p(x_high) p(x_low | x_high).
//
// In training all slices of an image are computed side by side. In drawing too: a slice waits only for the rows of the slices before that it can see.
//
// Menick and Kalchbrenner 2019, Generating High Fidelity Images with Subscale Pixel Networks and Multidimensional Upscaling (https://arxiv.org/abs/1812.01608).
// Deviations: convolutions only, without self-attention; every step trains all slices of an image, not one at random; the colours of a pixel are linked by a small
// network at the end, not by masks all the way; the networks of a model are trained side by side; and they are told where the pixel stands.
//
// Letters: B images, H W their height and width, C colours, S as above, h w the height and width of a slice, n slices drawn by a network, N = B·n,
// K levels of a value, F features, T symbols of an image: H·W·C, or twice that in two depths.
package subscale

import (
	"cmp"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gomlx/compute/dtypes"

	"github.com/curious-go/curious/pkg/dist"
)

// Config is the model. Its zero value is a small one for binary digits.
type Config struct {
	Height, Width int  // pixels, multiples of Slices [28]
	Colours       int  // C, values of a pixel [1]
	Bits          int  // of a value, 1 to 8 [1]
	Slices        int  // S: there are S·S slices; 1 makes it a Gated PixelCNN [2]
	Small         bool // size upscaling: the first slice is drawn by a network of its own
	High          int  // depth upscaling: bits of each value, the significant ones, that are drawn first; 0 for all at once [0]
	Channels      int  // F, features of each layer [32]
	Layers        int  // gated layers of the decoder [4]
	Blocks        int  // residual blocks of the embedding [1]
	First, Kernel int  // widths of the first and of the later filters, odd, 3 or more [5, 3]
}

func (c Config) withDefaults() Config {
	c.Height, c.Width, c.Colours = cmp.Or(c.Height, 28), cmp.Or(c.Width, 28), cmp.Or(c.Colours, 1)
	c.Bits, c.Slices = cmp.Or(c.Bits, 1), cmp.Or(c.Slices, 2)
	c.Channels, c.Layers, c.Blocks = cmp.Or(c.Channels, 32), cmp.Or(c.Layers, 4), cmp.Or(c.Blocks, 1)
	c.First, c.Kernel = cmp.Or(c.First, 5), cmp.Or(c.Kernel, 3)
	return c
}

// Check says what is wrong with the numbers, if anything.
func (c Config) Check() error {
	c = c.withDefaults()
	switch {
	case c.Slices < 1 || c.Height < 1 || c.Width < 1 || c.Height%c.Slices != 0 || c.Width%c.Slices != 0:
		return fmt.Errorf("subscale: images of %d×%d in %d·%d slices: sides must be multiples of Slices: crop the images or change it", c.Height, c.Width, c.Slices, c.Slices)
	case c.Colours < 1 || c.Bits < 1 || c.Bits > 8:
		return fmt.Errorf("subscale: %d colours of %d bits: use 1 or more colours, and 1 to 8 bits", c.Colours, c.Bits)
	case c.High < 0 || c.High >= c.Bits:
		return fmt.Errorf("subscale: %d high bits of %d: leave at least one for the second depth, or use 0 for one depth", c.High, c.Bits)
	case c.Small && c.Slices == 1:
		return fmt.Errorf("subscale: a small image first and then the rest, in 1 slice: there is no rest: use 2 Slices or more")
	case c.Channels < 1 || c.Layers < 1 || c.Blocks < 0:
		return fmt.Errorf("subscale: %d channels, %d layers, %d blocks: use at least one channel and one layer", c.Channels, c.Layers, c.Blocks)
	case c.First < 3 || c.Kernel < 3 || c.First%2 == 0 || c.Kernel%2 == 0:
		return fmt.Errorf("subscale: filters of width %d and %d: use odd widths from 3 up", c.First, c.Kernel)
	}
	return nil
}

// parts are the networks of a model, in the order in which they draw.
func (c Config) parts() []part {
	all := part{Config: c, name: "slices", every: 1, side: c.Slices, bits: cmp.Or(c.High, c.Bits)}
	list := []part{all}
	if c.Small {
		small, rest := all, all
		small.name, small.every, small.side = "small", c.Slices, 1
		rest.from = 1
		list = []part{small, rest}
	}
	if c.High > 0 {
		low := all
		low.name, low.known, low.bits = "low", c.High, c.Bits-c.High
		list = append(list, low)
	}
	return list
}

// Planes are what is drawn of a value, one after the other: x [B,H,W,C] in [0,1] → x itself, or in two depths [B,H,W,2C], the high bits of all colours and then
// the low ones, each in [0,1].
func (c Config) Planes(x *Node) *Node {
	c = c.withDefaults()
	if c.High == 0 {
		return x
	}
	low := 1 << (c.Bits - c.High)
	value := Floor(AddScalar(MulScalar(x, 1<<c.Bits-1), 0.5))
	high := Floor(MulScalar(value, 1/float64(low)))
	value = Sub(value, MulScalar(high, low))
	return Concatenate([]*Node{MulScalar(high, 1/float64(int(1)<<c.High-1)), MulScalar(value, 1/float64(low-1))}, -1)
}

// planes is how many there are, 1 or 2.
func (c Config) planes() int {
	if c.High > 0 {
		return 2
	}
	return 1
}

// levels is K: that of the plane with more.
func (c Config) levels() int { return 1 << max(c.High, c.Bits-c.High) }

// Logits are of p(x_t = k | x_<t) for the symbols in the order of [Config.Order]: planes [B,H,W,C] or [B,H,W,2C] in [0,1] → [B,T,K]. Symbol t sees none from t on.
// Where one depth has fewer levels, its logits of the others are −1e9.
func (c Config) Logits(scope *model.Scope, planes *Node) *Node {
	c = c.checked(planes)
	var list []*Node
	for _, p := range c.parts() {
		x, high := p.view(planes)
		logits := Reshape(p.logits(scope.In("%s", p.name), x, high), x.Shape().Dim(0), -1, p.levels())
		if missing := c.levels() - p.levels(); missing > 0 {
			never := MulScalar(OnesLike(SliceAxis(logits, 2, AxisRange(0, 1))), -1e9)
			logits = Concatenate([]*Node{logits, BroadcastToDims(never, never.Shape().Dim(0), never.Shape().Dim(1), missing)}, 2)
		}
		list = append(list, logits)
	}
	return Concatenate(list, 1)
}

// checked completes the configuration, and panics unless planes fit it.
func (c Config) checked(planes *Node) Config {
	if err := c.Check(); err != nil {
		panic(err)
	}
	c = c.withDefaults()
	want := []int{c.Height, c.Width, c.planes() * c.Colours}
	d := planes.Shape().Dimensions
	if len(d) != 4 || d[1] != want[0] || d[2] != want[1] || d[3] != want[2] {
		panic(fmt.Errorf("subscale: images of shape %v: the model is for [B,%d,%d,%d]", d, want[0], want[1], want[2]))
	}
	return c
}

// BySlice is log p of each group of [Config.Groups], given those before it, in nats: x [B,H,W,C] in [0,1] → [B,groups]. Their sum is log p(x).
func (c Config) BySlice(scope *model.Scope, x *Node) *Node {
	planes := c.Planes(x)
	c = c.checked(planes)
	var list []*Node
	for _, p := range c.parts() {
		x, high := p.view(planes)
		own := p.own(x)
		level := ConvertDType(AddScalar(MulScalar(own, p.levels()-1), 0.5), dtypes.Int32)
		each := dist.CategoricalLogProb(level, p.logits(scope.In("%s", p.name), x, high)) // [N,h,w,C]
		list = append(list, Reshape(ReduceSum(each, 1, 2, 3), x.Shape().Dim(0), p.slices()))
	}
	return Concatenate(list, 1)
}

// LogProb is log p(x) in nats: x [B,H,W,C] in [0,1] → [B].
func (c Config) LogProb(scope *model.Scope, x *Node) *Node { return ReduceSum(c.BySlice(scope, x), 1) }

// Groups names what [Config.BySlice] sums over: "slice 1" … "slice 4", or "high bits, slice 1" … and then "low bits, slice 1" … . All groups have equally many
// symbols, and [Config.Order] goes through one after the other.
func (c Config) Groups() []string {
	c = c.withDefaults()
	var names []string
	for _, p := range c.parts() {
		for slice := p.from; slice < p.side*p.side; slice++ {
			name := fmt.Sprintf("slice %d", slice+1)
			if c.High > 0 {
				name = []string{"high", "low"}[p.plane()] + " bits, " + name
			}
			names = append(names, name)
		}
	}
	return names
}

// symbol is one value to draw.
type symbol struct{ part, slice, row, col, colour, place int }

// symbols are all of an image in the order in which they are drawn.
func (c Config) symbols() []symbol {
	var list []symbol
	values := c.planes() * c.Colours
	for i, p := range c.parts() {
		height, width := p.size()
		for slice := p.from; slice < p.side*p.side; slice++ {
			for row := range height {
				for col := range width {
					y, x := p.every*(row*p.side+slice/p.side), p.every*(col*p.side+slice%p.side)
					for colour := range c.Colours {
						list = append(list, symbol{i, slice, row, col, colour, (y*c.Width+x)*values + p.plane()*c.Colours + colour})
					}
				}
			}
		}
	}
	return list
}

// Order is the place of the t-th symbol in [H,W,C], or in two depths in [H,W,2C]: see [Config.Planes].
func (c Config) Order() []int {
	c = c.withDefaults()
	order := make([]int, 0, c.Height*c.Width*c.planes()*c.Colours)
	for _, s := range c.symbols() {
		order = append(order, s.place)
	}
	return order
}
