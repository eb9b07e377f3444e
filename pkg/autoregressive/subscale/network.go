package subscale

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// part is one network of a model: it draws some bits of some slices, given the slices before them and, maybe, more significant bits of the whole image.
type part struct {
	Config
	name        string // of its scope
	every       int    // it draws every so-manieth pixel of the image: all, or the small image [1 or S]
	side        int    // and cuts that into side·side slices [S or 1]
	from        int    // the first slice that it draws
	known, bits int    // bits of each value that are given, and that it draws
}

func (p part) levels() int { return 1 << p.bits }

// slices is n, how many it draws.
func (p part) slices() int { return p.side*p.side - p.from }

// size is that of a slice.
func (p part) size() (height, width int) {
	return p.Height / p.every / p.side, p.Width / p.every / p.side
}

// plane is which of the planes it draws.
func (p part) plane() int {
	if p.known > 0 {
		return 1
	}
	return 0
}

// plain says whether it is told nothing but the pixels before: a Gated PixelCNN.
func (p part) plain() bool { return p.side == 1 && p.known == 0 }

// cut makes side·side slices of an image: x [B,H,W,C] → [B,side,side,h,w,C].
func cut(x *Node, side int) *Node {
	d := x.Shape().Dimensions
	x = Reshape(x, d[0], d[1]/side, side, d[2]/side, side, d[3])
	return TransposeAllAxes(x, 0, 2, 4, 1, 3, 5)
}

// view is what a part sees of the planes: its own one, x, and the more significant one, or nil, each [B,side·h,side·w,C].
func (p part) view(planes *Node) (x, high *Node) {
	pick := func(plane int) *Node {
		x := SliceAxis(planes, -1, AxisRange(plane*p.Colours, (plane+1)*p.Colours))
		return Squeeze(Slice(cut(x, p.every), AxisRange(), AxisRange(0, 1), AxisRange(0, 1)), 1, 2)
	}
	if p.known > 0 {
		high = pick(0)
	}
	return pick(p.plane()), high
}

// own are the slices that it draws, those of an image beside each other: x [B,side·h,side·w,C] → [N,h,w,C].
func (p part) own(x *Node) *Node {
	x = cut(x, p.side)
	d := x.Shape().Dimensions
	x = SliceAxis(Reshape(x, d[0], d[1]*d[2], d[3], d[4], d[5]), 1, AxisRange(p.from))
	return Reshape(x, -1, d[3], d[4], d[5])
}

// beside lays other slices upon each slice, taps saying where they stand from it in the side×side grid of slices: x [B,side·h,side·w,C] → [N,h,w,T·C]. So channel t
// always means the same neighbour, and one network can serve all slices. A slice beyond the grid is zeros.
func (p part) beside(x *Node, taps nn.Taps) *Node {
	x = cut(x, p.side)
	d := x.Shape().Dimensions
	x = taps.Window(Reshape(x, d[0], d[1], d[2], d[3]*d[4]*d[5]))
	x = SliceAxis(Reshape(x, d[0], d[1]*d[2], len(taps), d[3], d[4], d[5]), 1, AxisRange(p.from))
	return Reshape(TransposeAllAxes(x, 0, 1, 3, 4, 2, 5), -1, d[3], d[4], len(taps)*d[5])
}

// told is what is known when a slice is begun: the slices before it and, in the second depth, the high bits of all. x, high [B,side·h,side·w,C] → [N,h,w,I],
// or nil for a plain part.
func (p part) told(x, high *Node) *Node {
	var list []*Node
	reach := p.side - 1
	if p.side > 1 {
		list = append(list, p.beside(x, nn.MaskA(2*p.side-1))) // in the grid of slices, those before are what mask A lets through
	}
	if p.known > 0 {
		list = append(list, p.beside(high, nn.Box(-reach, reach, -reach, reach)), hats(p.own(high), 1<<p.known))
	}
	if list == nil {
		return nil
	}
	return Concatenate(list, -1)
}

// where is what [part.place] says of each pixel: [n,h,w,n+2]; [1,h,w,2] for a single slice.
func (p part) where(g *Graph) *Node {
	height, width := p.size()
	n := p.slices()
	var at []float32
	for slice := range n {
		for row := range height {
			for col := range width {
				at = append(at, p.place(slice, row, col)...)
			}
		}
	}
	return ConstTensor(g, tensors.FromFlatDataAndDimensions(at, n, height, width, len(at)/(n*height*width)))
}

// place is which of its slices a pixel is of, as a one-hot vector, and its coordinates in the slice from −1 to 1.
func (p part) place(slice, row, col int) []float32 {
	height, width := p.size()
	var which []float32
	if n := p.slices(); n > 1 {
		which = make([]float32, n)
		which[slice] = 1
	}
	return append(which, nn.Coordinate(row, height), nn.Coordinate(col, width))
}

// embed makes features of what is told, for the decoder; it may look all around: told [N,h,w,I], where [N,h,w,·] → [N,h,w,F]. A plain part hands where on.
func (p part) embed(scope *model.Scope, told, where *Node) *Node {
	if told == nil {
		return where
	}
	look := func(scope *model.Scope, x *Node, width int) *Node {
		return convolve(scope, nn.Box(-width/2, width/2, -width/2, width/2), x, p.Channels)
	}
	e := Add(look(scope.In("first"), told, p.First), nn.Affine(scope.In("where"), where, p.Channels))
	for i := range p.Blocks {
		block := scope.In("block_%d", i)
		seen := look(block.In("look"), nn.ReLU(e), p.Kernel)
		e = Add(e, nn.Affine(block.In("out"), nn.ReLU(seen), p.Channels))
	}
	return nn.ReLU(e)
}

// convolve is taps' convolution. On images of one row the native one would be left with none.
func convolve(scope *model.Scope, taps nn.Taps, x *Node, out int) *Node {
	if x.Shape().Dim(1) == 1 || x.Shape().Dim(2) == 1 {
		return nn.Affine(scope, taps.Window(x), out)
	}
	return taps.Convolve(scope, x, out)
}

// taps of the decoder: the first layer sees pixels above, v, and to the left, h; later ones may see the pixel's own place, which holds no more than that.
func (p part) taps() (firstV, firstH, v, h nn.Taps) {
	far, reach := p.First/2, p.Kernel/2
	return nn.Box(-far, -1, -far, far), nn.Box(0, 0, -far, -1), nn.Box(-reach, 0, -reach, reach), nn.Box(0, 0, -reach, 0)
}

// gate is tanh of the first half of the channels times σ of the second: [..., 2F] → [..., F].
func gate(z *Node) *Node {
	half := Split(z, -1, 2)
	return Mul(Tanh(half[0]), Sigmoid(half[1]))
}

// decode is the Gated PixelCNN of a slice, told e at every pixel: x [N,h,w,C], e [N,h,w,·] → [N,h,w,F], features of the pixels before each.
func (p part) decode(scope *model.Scope, x, e *Node) *Node {
	firstV, firstH, vTaps, hTaps := p.taps()
	v := Add(convolve(scope.In("first_v"), firstV, x, p.Channels), nn.Affine(scope.In("told_v"), e, p.Channels))
	h := Add(convolve(scope.In("first_h"), firstH, x, p.Channels), nn.Affine(scope.In("told_h"), e, p.Channels))
	for i := range p.Layers {
		layer := scope.In("layer_%d", i)
		zv := convolve(layer.In("v"), vTaps, v, 2*p.Channels)
		zh := Add(convolve(layer.In("h"), hTaps, h, 2*p.Channels), p.across(layer, zv, e))
		if i < p.Layers-1 {
			v = gate(zv)
		}
		h = Add(h, nn.Affine(layer.In("out"), gate(zh), p.Channels))
	}
	return h
}

// across is what a layer's horizontal stack is told by the vertical one and by the embedding: zv [...,2F], e → [...,2F].
func (p part) across(layer *model.Scope, zv, e *Node) *Node {
	z := nn.Affine(layer.In("vh"), zv, 2*p.Channels)
	if p.plain() {
		return z
	}
	return Add(z, nn.Affine(layer.In("told"), e, 2*p.Channels))
}

// hats is a one-hot vector that has a gradient: hat k is 1 at level k and falls to 0 at its neighbours'. x [...,C] in [0,1] → [...,C·K].
func hats(x *Node, levels int) *Node {
	d := x.Shape().Clone().Dimensions
	at := make([]float32, levels)
	for k := range at {
		at[k] = float32(k)
	}
	away := Sub(MulScalar(InsertAxes(x, -1), levels-1), ExpandLeftToRank(Const(x.Graph(), at), len(d)+1))
	d[len(d)-1] *= levels
	return Reshape(MaxScalar(OneMinus(Abs(away)), 0), d...)
}

// colour is one colour's logits: h [...,F], before [...,c] the pixel's colours before it, nil for the first → [...,K].
func (p part) colour(scope *model.Scope, c int, h, before *Node) *Node {
	scope = scope.In("colour_%d", c)
	u := nn.Affine(scope.In("head"), nn.ReLU(h), p.Channels)
	if c > 0 {
		u = Add(u, nn.Affine(scope.In("before"), hats(before, p.levels()), p.Channels))
	}
	return nn.AffineZero(scope.In("logits"), nn.ReLU(u), p.levels())
}

// logits are those of all slices that the part draws: x, high [B,side·h,side·w,C] → [N,h,w,C,K].
func (p part) logits(scope *model.Scope, x, high *Node) *Node {
	own, told, where := p.own(x), p.told(x, high), p.where(x.Graph())
	d := where.Shape().Clone().Dimensions
	if told != nil {
		where = BroadcastToDims(InsertAxes(where, 0), append([]int{x.Shape().Dim(0)}, d...)...)
		where = Reshape(where, -1, d[1], d[2], d[3])
	}
	h := p.decode(scope.In("decoder"), own, p.embed(scope.In("embedding"), told, where))
	h.AssertDims(own.Shape().Dim(0), d[1], d[2], p.Channels)
	var list []*Node
	for c := range p.Colours {
		var before *Node
		if c > 0 {
			before = SliceAxis(own, -1, AxisRange(0, c))
		}
		list = append(list, InsertAxes(p.colour(scope, c, h, before), 3))
	}
	return Concatenate(list, 3)
}
