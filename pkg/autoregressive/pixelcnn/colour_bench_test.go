package pixelcnn_test

import (
	"math"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

// BenchmarkColourStep is one training step of the recipes for two cores, and of their softmaxes.
func BenchmarkColourStep(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	for name, c := range map[string]struct {
		recipe pixelcnn.ColourRecipe
		size   int
	}{
		"quick": {pixelcnn.ColourQuick(), 16}, "quick, softmax": {pixelcnn.ColourQuick().WithSoftmax(), 16},
		"laptop": {pixelcnn.ColourLaptop(), 32}, "laptop, softmax": {pixelcnn.ColourLaptop().WithSoftmax(), 32},
	} {
		b.Run(name, func(b *testing.B) {
			m, _ := data.Scenes(data.SceneConfig{N: 64, Size: c.size})
			set := data.PictureSet{Train: m, Valid: m, Name: "scenes", Height: c.size, Width: c.size}
			task, err := c.recipe.Task(set)
			if err != nil {
				b.Fatal(err)
			}
			step, err := train.Steps(e, task)
			if err != nil {
				b.Fatal(err)
			}
			for i := range 3 {
				if loss, err := step(i); err != nil || math.IsNaN(loss) {
					b.Fatal(loss, err)
				}
			}
			for b.Loop() {
				if _, err := step(3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDrawColour64 draws 64 pictures of 28×28 in colour, compiling included; and says how many times as long a full pass for each value would take.
func BenchmarkDrawColour64(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	const images, size = 64, 28
	for name, logistics := range map[string]int{"logistics": 10, "softmax": 0} {
		net := pixelcnn.Colour{Height: size, Width: size, Layers: 6, First: 5, Logistics: logistics}
		store := model.NewStore()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := pixelcnn.DrawColour(e.Backend, store, net, images, pixelcnn.Drawing{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
			incremental := b.Elapsed().Seconds() / float64(b.N)
			full := model.MustNewExec(e.Backend, store, func(scope *model.Scope, x *Node) *Node {
				return ReduceAllSum(net.Parameters(scope, x, nil, nil))
			})
			defer full.Finalize()
			pass := func() float64 {
				start := time.Now()
				full.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, images*size*size*3), images, size, size, 3))
				return time.Since(start).Seconds()
			}
			pass()
			b.ReportMetric(min(pass(), pass())*size*size*3/incremental, "times-faster-than-naive")
		})
	}
}
