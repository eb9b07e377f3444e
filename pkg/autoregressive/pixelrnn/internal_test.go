package pixelrnn

import (
	"testing"

	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score/check"
)

// Skewed, row r stands r places further right with the fill around it (the definition, X'[r, c+r] = X[r, c]); unskewed, all is as before.
func TestSkew(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{3, 4}, {4, 3}, {1, 5}, {5, 1}, {1, 1}, {2, 2}} {
		b, h, w, c := 2, size[0], size[1], 3
		x := make([]float32, b*h*w*c)
		for i := range x {
			x[i] = float32(i + 1)
		}
		out, err := model.CallOnceN(e.Backend, model.NewStore(), func(_ *model.Scope, x *Node) []*Node {
			skewed := skew(x, -7)
			return []*Node{skewed, unskew(skewed)}
		}, tensors.FromFlatDataAndDimensions(x, b, h, w, c))
		if err != nil {
			t.Fatal(err)
		}
		skewed, back := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
		for i, v := range skewed {
			channel, col, row, image := i%c, i/c%(w+h-1), i/c/(w+h-1)%h, i/c/(w+h-1)/h
			want := float32(-7)
			if from := col - row; from >= 0 && from < w {
				want = x[((image*h+row)*w+from)*c+channel]
			}
			if v != want {
				t.Fatalf("%v: skewed [%d,%d,%d,%d] is %v, want %v", size, image, row, col, channel, v, want)
			}
		}
		for i := range x {
			if back[i] != x[i] {
				t.Fatalf("%v: there and back, value %d is %v, was %v", size, i, back[i], x[i])
			}
		}
	}
}

// In the larger of two nets a pixel sees all before it, and later ones only of the small image, some of them at least.
func TestMultiScaleSees(t *testing.T) {
	backend, err := gobackend.New("parallelism=-1")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	for _, cell := range []Cell{RowLSTM, DiagonalBiLSTM} {
		m := MultiScale{Large: Config{Cell: cell, Channels: 6, Layers: 1}}.withDefaults()
		logits := func(scope *model.Scope, x *Node) *Node {
			return m.Large.Logits(scope.In("large"), x, m.tell(scope, shrink(x), x.Shape().Dim(1), x.Shape().Dim(2)))
		}
		const h, w, i = 5, 6, 1*6 + 3
		field, err := check.ReceptiveField(backend, nil, logits, h, w, i)
		if err != nil {
			t.Fatal(err)
		}
		if !field[0][5] || !field[1][2] || !field[2][2] || !field[4][4] {
			t.Errorf("%s: misses a pixel before or of the small image:\n%v", cell, field)
		}
		for j := i; j < h*w; j++ {
			if row, col := j/w, j%w; field[row][col] && (row%2 == 1 || col%2 == 1) {
				t.Errorf("%s: sees (%d,%d):\n%v", cell, row, col, field)
			}
		}
	}
}
