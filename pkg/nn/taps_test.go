package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
)

var tapLists = map[string]Taps{
	"one":             {{0, 0}},
	"far":             {{-2, 3}},
	"beyond the edge": {{5, 0}, {0, -9}},
	"mask A":          MaskA(5),
	"mask B":          MaskB(3),
	"box":             Box(-1, 1, -1, 1),
	"even box":        Box(-2, -1, -1, 2),
	"row above":       Box(-1, -1, -2, 2),
	"left":            Box(0, 0, -3, -1),
	"off centre":      Box(1, 2, -3, -2),
}

func TestMasks(t *testing.T) {
	// A 3×3 filter in raster order: 123/4·5/678. Mask A lets 1234 through, mask B also the centre (van den Oord et al. 2016, figure 1).
	if got := fmt.Sprint(MaskA(3)); got != "[{-1 -1} {-1 0} {-1 1} {0 -1}]" {
		t.Error(got)
	}
	if got := MaskB(3); len(got) != 5 || got[4] != (Tap{}) {
		t.Error(got)
	}
	if n := len(MaskA(7)); n != 24 { // (49−1)/2
		t.Errorf("%d taps before the centre of 7×7", n)
	}
}

// Window against the definition, one number at a time.
func TestWindow(t *testing.T) {
	const B, H, W, C = 2, 4, 5, 3
	x := numbers(B, H, W, C)
	flat := tensors.MustCopyFlatData[float32](x)
	for kind, backend := range backends(t) {
		for name, taps := range tapLists {
			got := run(t, backend, seeded(1), func(_ *model.Scope, x *Node) *Node { return taps.Window(x) }, x)
			i := 0
			for b := range B {
				for row := range H {
					for col := range W {
						for _, tap := range taps {
							for c := range C {
								want := float32(0)
								if r, k := row+tap.Row, col+tap.Col; r >= 0 && r < H && k >= 0 && k < W {
									want = flat[((b*H+r)*W+k)*C+c]
								}
								if got[i] != want {
									t.Fatalf("%s, %s: image %d, row %d, column %d, tap %v, channel %d: %g, want %g", kind, name, b, row, col, tap, c, got[i], want)
								}
								i++
							}
						}
					}
				}
			}
		}
	}
}

// Convolve, native where it can be, is the product of window and weights, and its gradients towards x and the weights are those of the product.
func TestConvolveIsTheProduct(t *testing.T) {
	x := numbers(2, 5, 6, 3)
	for kind, backend := range backends(t) {
		for name, taps := range tapLists {
			both := func(convolve func(*model.Scope, *Node, int) *Node) []float32 {
				return run(t, backend, seeded(3), func(scope *model.Scope, x *Node) *Node {
					scope = scope.In("layer")
					y := convolve(scope, x, 4)
					w := scope.GetVariable("w").NodeValue(x.Graph())
					loss := ReduceAllSum(Mul(y, Sin(y))) // a different slope at every place
					grads := Gradient(loss, x, w)
					return Concatenate([]*Node{Reshape(y, -1), Reshape(grads[0], -1), Reshape(grads[1], -1)}, 0)
				}, x)
			}
			native := both(taps.Convolve)
			product := both(func(scope *model.Scope, x *Node, out int) *Node { return Affine(scope, taps.Window(x), out) })
			for i := range native {
				if math.Abs(float64(native[i]-product[i])) > 2e-4*(1+math.Abs(float64(product[i]))) {
					t.Errorf("%s, %s: number %d of %d: native %g, product %g", kind, name, i, len(native), native[i], product[i])
					break
				}
			}
		}
	}
}

// The gradient of the native convolution towards x, filters of even size too, against central differences: for those GoMLX's own is off by one position.
func TestConvolveGradient(t *testing.T) {
	for kind, backend := range backends(t) {
		for _, size := range [][2]int{{1, 1}, {2, 2}, {2, 3}, {3, 2}, {3, 3}, {4, 1}, {1, 4}} {
			kernel := numbers(size[0], size[1], 2, 3)
			loss := func(x, k *Node) *Node {
				y := convolve(x, k)
				at := Iota(x.Graph(), y.Shape(), 1)
				return ReduceAllSum(Mul(Square(y), Sin(Add(at, Iota(x.Graph(), y.Shape(), 2))))) // quadratic, so central differences are exact
			}
			slope := MustNewExec(backend, func(x, k *Node) *Node { return Gradient(loss(x, k), x)[0] })
			value := MustNewExec(backend, loss)
			x := tensors.MustCopyFlatData[float32](numbers(1, 5, 4, 2))
			at := func(x []float32) *tensors.Tensor {
				return tensors.FromFlatDataAndDimensions(slices.Clone(x), 1, 5, 4, 2)
			}
			got := tensors.MustCopyFlatData[float32](slope.MustCall(at(x), kernel)[0])
			for i := range x {
				const h = 0.5
				up, down := slices.Clone(x), slices.Clone(x)
				up[i] += h
				down[i] -= h
				want := (tensors.ToScalar[float32](value.MustCall(at(up), kernel)[0]) - tensors.ToScalar[float32](value.MustCall(at(down), kernel)[0])) / (2 * h)
				if math.Abs(float64(got[i]-want)) > 2e-3*(1+math.Abs(float64(want))) {
					t.Fatalf("%s, filter %v: slope at %d is %g, differences say %g", kind, size, i, got[i], want)
				}
			}
		}
	}
}

// Blocks of 2×2 become channels in raster order, and come back.
func TestSpaceAndDepth(t *testing.T) {
	for kind, backend := range backends(t) {
		picture := tensors.FromFlatDataAndDimensions([]float32{ // two blocks side by side
			1, 2, 5, 6,
			3, 4, 7, 8,
		}, 1, 2, 4, 1)
		if got := run(t, backend, seeded(1), func(_ *model.Scope, x *Node) *Node { return SpaceToDepth(x) }, picture); fmt.Sprint(got) != "[1 2 3 4 5 6 7 8]" {
			t.Errorf("%s: %v", kind, got)
		}
		x := numbers(2, 6, 4, 3)
		back := run(t, backend, seeded(1), func(_ *model.Scope, x *Node) *Node {
			folded := SpaceToDepth(x)
			folded.AssertDims(2, 3, 2, 12)
			return DepthToSpace(folded)
		}, x)
		if !slices.Equal(back, tensors.MustCopyFlatData[float32](x)) {
			t.Errorf("%s: there and back is not the same", kind)
		}
	}
}

// A 3×3 convolution of [32,28,28,32] to 64 channels on this machine's engine: native on XLA, and as the product that pure Go uses.
func BenchmarkConvolve(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	taps := Box(-1, 1, -1, 1)
	for name, layer := range map[string]func(*model.Scope, *Node, int) *Node{
		"chosen":  taps.Convolve,
		"product": func(scope *model.Scope, x *Node, out int) *Node { return Affine(scope, taps.Window(x), out) },
	} {
		b.Run(name, func(b *testing.B) {
			exec := model.MustNewExec(e.Backend, seeded(1), func(scope *model.Scope, x *Node) *Node { return layer(scope, x, 64) })
			x := numbers(32, 28, 28, 32)
			exec.MustCall(x)
			for b.Loop() {
				exec.MustCall(x)[0].FinalizeAll()
			}
		})
	}
}
