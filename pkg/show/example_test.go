package show_test

import (
	"fmt"
	"image"

	"github.com/curious-go/curious/pkg/show"
)

// Outside of a notebook a figure is a line of text.
func ExampleDisplay() {
	err := show.Display(show.Curves{
		Title: "Training", XLabel: "step", YLabel: "nats",
		Series: []show.Series{{Name: "train", Y: []float64{210, 120, 95, 88}}, {Name: "validation", X: []float64{0, 3}, Y: []float64{208, 91}, Dashed: true}},
		Levels: []show.Level{{Name: "published", Value: 81.3}},
	})
	fmt.Println(err)
	// Output:
	// [Training: curves: 2 series, 6 points]
	// <nil>
}

func ExampleImages() {
	samples := []float32{ // Two pictures of 2×2 pixels, as a model samples them.
		0, 1, 1, 0,
		1, 0, 0, 1,
	}
	err := show.Images(show.Slab(2, 2, 1, samples, show.Binary[float32]), show.Titled("Samples"), show.PerRow(2))
	fmt.Println(err)
	// Output:
	// [Samples: picture grid: 2]
	// <nil>
}

func ExampleTable() {
	err := show.Display(show.Table{
		Cols: []show.Col{{Name: "model"}, {Name: "published", Format: "%.2f"}, {Name: "measured", Format: "%.2f"}},
		Rows: [][]any{{"10-neighbour table", nil, 97.24}, {"Gated PixelCNN", 80.10, 85.1}},
		Bold: []int{1},
	})
	fmt.Println(err)
	// Output:
	// model               published  measured
	// ──────────────────  ─────────  ────────
	// 10-neighbour table          –     97.24
	// Gated PixelCNN          80.10     85.10
	// <nil>
}

func ExampleSource() {
	fmt.Println(show.Source("pkg/must", "Gt"))
	// Output: show: showing source: pkg/must has no Gt: it has Get, Do, Get2
}

func ExampleEquation() {
	fmt.Println(show.Equation(`\log p(x) = \sum_i \log p(x_i \mid x_{<i})`))
	// Output:
	// \log p(x) = \sum_i \log p(x_i \mid x_{<i})
	// <nil>
}

func ExampleGrid() {
	g := show.Grid{
		Images:    []image.Image{show.Grey(1, 1, []uint8{0}), show.Grey(1, 1, []uint8{255})},
		RowTitles: []string{"black", "white"},
	}
	data, err := g.PNG()
	fmt.Println(len(data) > 0, err)
	// Output: true <nil>
}
