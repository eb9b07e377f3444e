package show

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
)

// ring is a 28×28 picture of a soft ring, its place told by i.
func ring(i int) image.Image {
	pix := make([]float32, 784)
	cx, cy := 10+float64(i%7), 10+float64(i%5)*1.5
	for j := range pix {
		d := math.Hypot(float64(j%28)-cx, float64(j/28)-cy)
		pix[j] = float32(math.Exp(-(d - 6) * (d - 6) / 4))
	}
	return Binary(28, 28, pix)
}

func rings(n int) []image.Image {
	imgs := make([]image.Image, n)
	for i := range imgs {
		imgs[i] = ring(i)
	}
	return imgs
}

// falling is a loss curve of n points.
func falling(n int, floor float64) (x, y []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		x = append(x, float64(i*10))
		y = append(y, floor+120*math.Exp(-5*float64(i)/float64(n))+r.NormFloat64())
	}
	return x, y
}

func shifted(y []float64, by float64) []float64 {
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = v + by
	}
	return out
}

// clusters are points of ten classes.
func clusters(each int) Scatter {
	r := rand.New(rand.NewPCG(3, 4))
	f := Scatter{Title: "t-SNE of VAE codes", Bare: true}
	for k := range 10 {
		s, c := math.Sincos(float64(k) * 2.4)
		far := 30 * math.Sqrt(float64(k+1))
		f.Names = append(f.Names, fmt.Sprint(k))
		for range each {
			f.X, f.Y, f.Class = append(f.X, far*c+9*r.NormFloat64()), append(f.Y, far*s+9*r.NormFloat64()), append(f.Class, k)
		}
	}
	return f
}

// mask is what a causal model sees around the middle pixel.
func mask(n int, sign bool) [][]float64 {
	out := make([][]float64, n)
	mid := n / 2
	for i := range out {
		out[i] = make([]float64, n)
		for j := range out[i] {
			if i > mid || i == mid && j >= mid {
				continue
			}
			out[i][j] = math.Exp(-float64((i-mid)*(i-mid)+(j-mid)*(j-mid)) / 20)
			if sign {
				out[i][j] *= math.Cos(float64(i + j))
			}
		}
	}
	return out
}

func comparison() Table {
	return Table{
		Title: "Static binarised MNIST, test",
		Cols:  []Col{{Name: "model"}, {Name: "published", Format: "%.2f"}, {Name: "measured", Format: "%.2f"}, {Name: "parameters"}, {Name: "verdict", Align: Centre}},
		Rows: [][]any{
			{"10-neighbour table", nil, 97.24, 1024, "yardstick"},
			{"PixelCNN", 81.30, 86.02, 204304, "near"},
			{"Gated PixelCNN", 80.1, 85.1, 304304, "near"},
		},
		Bold: []int{2},
		Note: "Nats per image; smaller is better.",
	}
}

// gallery is one figure of each kind, as the golden images show them.
func gallery() map[string]Figure {
	x, y := falling(300, 85)
	_, kl := falling(60, 0)
	steps := x[:60]
	for i := range kl {
		kl[i] = 25 * (1 - math.Exp(-float64(i)/8))
	}
	_, reconstruction := falling(60, 70)
	valid := shifted(y, 3)
	r := rand.New(rand.NewPCG(5, 6))
	var narrow, wide []float64
	for range 2000 {
		wide, narrow = append(wide, 2*r.NormFloat64()), append(narrow, 3+r.NormFloat64())
	}
	colour := make([]float32, 16*16*3)
	for i := range colour {
		p := i / 3
		colour[i] = float32([]int{p % 16, p / 16, 16 - p%16}[i%3]) / 16
	}
	codes := clusters(60)
	codes.Bare, codes.Key, codes.Title, codes.XLabel, codes.YLabel = false, true, "Codes", "z₁", "z₂"
	return map[string]Figure{
		"curves": Curves{
			Title: "Gated PixelCNN on binarised MNIST", XLabel: "training step", YLabel: "negative log-likelihood (nats per image)",
			Series: []Series{{Name: "train", X: x, Y: y}, {Name: "validation", X: x, Y: valid, Low: shifted(valid, -3), High: shifted(valid, 3), Dashed: true}},
			Levels: []Level{{"PixelCNN, van den Oord 2016", 81.3}, {"10-neighbour table", 97.24}},
		},
		"curves-log":   Curves{LogX: true, LogY: true, Title: "Compute", XLabel: "parameters", YLabel: "FLOP", Series: []Series{{Name: "theory", X: []float64{1e3, 1e6, 1e9}, Y: []float64{1e-5, 1e2, 3e5}}, {Name: "here", X: []float64{1e5}, Y: []float64{20}}}},
		"stacked":      Stacked{Title: "−ELBO = reconstruction + KL", XLabel: "step", YLabel: "nats per image", X: steps, Layers: []Layer{{"KL", kl}, {"reconstruction", reconstruction}}, Total: "−ELBO", Levels: []Level{{"floor", 60}}},
		"histogram":    Histogram{Title: "Codes", XLabel: "z₁", Sets: []Set{{"", wide}}},
		"histograms":   Histogram{Title: "Log-probability of test images", XLabel: "log p(x), nats", Sets: []Set{{"MNIST", wide}, {"Omniglot", narrow}}},
		"bars":         Bars{Title: "Static binarised MNIST, test", Label: "nats per image, smaller is better", Bars: []Bar{{Name: "10-neighbour table", Value: 97.24, Hue: 1}, {Name: "PixelCNN", Value: 81.3}, {Value: 86.02, Error: 1.5, Hue: 1}}, Hues: []string{"published", "measured"}, Format: "%.2f", Levels: []Level{{"entropy", 60}}},
		"bars-signed":  Bars{Title: "Change", Bars: []Bar{{Name: "down", Value: -3, Error: 0.5}, {Name: "up", Value: 5}}},
		"scatter":      codes,
		"tsne":         clusters(40),
		"heat":         Heat{Title: "Receptive field", Values: mask(15, false), Marks: []Cell{{7, 7}}, Label: "|∂ logit / ∂ pixel|"},
		"heat-mask":    Heat{Title: "Mask", Values: [][]float64{{1, 1, 1}, {1, 0, 0}, {0, 0, 0}}, Marks: []Cell{{1, 1}}, CellSize: 24},
		"heat-numbers": Heat{Title: "Confusion", Values: [][]float64{{98, 1, 1}, {2, 95, 3}, {0, 4, 96}}, RowLabels: []string{"zero", "one", "two"}, ColLabels: []string{"0", "1", "2"}, Numbers: true},
		"grid":         Grid{Title: "Samples", Images: rings(12), RowTitles: []string{"data", "reconstructions"}},
		"grid-labels":  Grid{Images: append(rings(5), RGB(16, 16, colour)), Labels: []string{"0", "1", "2", "3", "4", "colour"}, Scale: 3},
		"table":        comparison(),
		"panels":       Panels{Title: "Blind spot", Figures: []Figure{Heat{Title: "plain", Values: mask(9, false), Marks: []Cell{{4, 4}}}, Heat{Title: "signed", Values: mask(9, true), Diverging: true}}},
		"column":       Column(Row(Curves{Title: "Left", Height: 200, Series: []Series{{Name: "a", Y: y[:50]}}}, Curves{Title: "Right", Height: 200, Series: []Series{{Y: kl}}}), Grid{Images: rings(8)}),
	}
}
