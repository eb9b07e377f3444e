package show

import (
	"encoding/json"
	"image"
	"math"
	"math/rand"
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var a, b, x, lo, hi []float64
	for i := 0; i < 1000; i++ {
		v := 85 + 120*math.Exp(-float64(i)/90)
		x = append(x, float64(i*5))
		a = append(a, v+r.NormFloat64()*3*math.Exp(-float64(i)/800))
		b = append(b, v+3+1.2*math.Sin(float64(i)/40))
		lo = append(lo, b[i]-3)
		hi = append(hi, b[i]+3)
	}
	Save(Curves{Title: "Gated PixelCNN on binarised MNIST", XLabel: "training step", YLabel: "negative log-likelihood (nats per image)", Series: []Series{{Name: "train", X: x, Y: a}, {Name: "validation", X: x, Y: b, Low: lo, High: hi}}, Levels: []Level{{"PixelCNN, van den Oord 2016", 81.3}, {"10-neighbour table", 97.24}}}, "/tmp/showpix/curve.png")
	var g []image.Image
	for i := 0; i < 64; i++ {
		p := make([]float32, 784)
		cx, cy := 10+r.Float64()*8, 10+r.Float64()*8
		for j := range p {
			d := math.Hypot(float64(j%28)-cx, float64(j/28)-cy)
			p[j] = float32(math.Exp(-(d - 6) * (d - 6) / 4))
		}
		g = append(g, Binary(28, 28, p))
	}
	Save(Grid{Title: "Samples", Images: g}, "/tmp/showpix/grid.png")
	Save(Grid{Title: "Ten classes", Images: g[:30], RowTitles: []string{"data", "samples", "reconstructions"}}, "/tmp/showpix/rows.png")
	Save(Grid{Images: g[:10], Labels: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}, "/tmp/showpix/labels.png")
	tb := Table{Title: "Static binarised MNIST, test", Cols: []Col{{Name: "model"}, {Name: "published", Format: "%.2f"}, {Name: "measured", Format: "%.2f"}, {Name: "parameters"}, {Name: "verdict", Align: Centre}}, Rows: [][]any{{"10-neighbour table", nil, 97.24, 1024, "yardstick"}, {"PixelCNN", 81.30, 86.02, 204304, "near"}, {"Gated PixelCNN", 80.1, 85.1, 304304, "near"}}, Bold: []int{2}, Note: "Nats per image; smaller is better. Published: van den Oord et al. 2016, table 1."}
	Save(tb, "/tmp/showpix/table.png")
	println(tb.String())
}

func TestTry2(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var x, rec, kl []float64
	for i := 0; i < 200; i++ {
		x = append(x, float64(i*10))
		rec = append(rec, 70+120*math.Exp(-float64(i)/20)+r.NormFloat64())
		kl = append(kl, 25*(1-math.Exp(-float64(i)/15)))
	}
	do := func(f Figure, n string) {
		t.Helper()
		if err := Save(f, "/tmp/showpix/"+n+".png"); err != nil {
			t.Error(err)
		}
	}
	st := Stacked{Title: "−ELBO = reconstruction + KL", XLabel: "step", YLabel: "nats per image", X: x, Layers: []Layer{{"KL", kl}, {"reconstruction", rec}}, Total: "−ELBO", Levels: []Level{{"VAE, Kingma 2014", 86.6}}}
	do(st, "stacked")
	var a, b []float64
	for i := 0; i < 2000; i++ {
		a = append(a, r.NormFloat64()*2)
		b = append(b, 3+r.NormFloat64())
	}
	do(Histogram{Title: "Codes", XLabel: "z₁", Sets: []Set{{"", a}}}, "hist1")
	do(Histogram{Title: "Log-probability of test images", XLabel: "log p(x), nats", Sets: []Set{{"MNIST", a}, {"Omniglot", b}}}, "hist2")
	do(Bars{Title: "Static binarised MNIST, test", Label: "nats per image, smaller is better", Bars: []Bar{{Name: "10-neighbour table", Value: 97.24, Hue: 1}, {Name: "PixelCNN", Value: 81.3}, {Value: 86.02, Hue: 1}, {Name: "Gated PixelCNN", Value: 80.1}, {Value: 85.1, Error: 0.4, Hue: 1}}, Hues: []string{"published", "measured"}, Format: "%.2f"}, "bars")
	do(Bars{Title: "Change", Label: "bits", Bars: []Bar{{Name: "one", Value: -3}, {Name: "two", Value: 5}}, Levels: []Level{{"floor", 2.5}}}, "bars2")
	var px, py []float64
	var cl []int
	var nm []string
	var im []image.Image
	for k := 0; k < 10; k++ {
		nm = append(nm, string(rune('0'+k)))
		cx, cy := 30*math.Cos(float64(k)*2.4)*math.Sqrt(float64(k+1)), 30*math.Sin(float64(k)*2.4)*math.Sqrt(float64(k+1))
		for i := 0; i < 300; i++ {
			px = append(px, cx+r.NormFloat64()*9)
			py = append(py, cy+r.NormFloat64()*9)
			cl = append(cl, k)
			im = append(im, ring(i))
		}
	}
	do(Scatter{Title: "t-SNE of VAE codes", X: px, Y: py, Class: cl, Names: nm, Bare: true}, "tsne")
	do(Scatter{Title: "Codes", XLabel: "z₁", YLabel: "z₂", X: px[:900], Y: py[:900], Class: cl[:900], Names: nm[:3], Key: true}, "scatter")
	var h, h2 [][]float64
	for i := 0; i < 15; i++ {
		var q, q2 []float64
		for j := 0; j < 15; j++ {
			v := math.Exp(-float64((i-7)*(i-7)+(j-7)*(j-7)) / 20)
			if i > 7 || i == 7 && j >= 7 {
				v = 0
			}
			q = append(q, v)
			q2 = append(q2, v*math.Cos(float64(i+j)))
		}
		h = append(h, q)
		h2 = append(h2, q2)
	}
	do(Heat{Title: "Receptive field of PixelCNN", Values: h, Marks: []Cell{{7, 7}}, Label: "|∂ logit / ∂ pixel|"}, "heat")
	do(Heat{Title: "Diverging", Values: h2, Diverging: true}, "heat2")
	do(Heat{Title: "Confusion", Values: [][]float64{{98, 1, 1}, {2, 95, 3}, {0, 4, 96}}, RowLabels: []string{"zero", "one", "two"}, ColLabels: []string{"0", "1", "2"}, Numbers: true}, "heat3")
	do(Row(Heat{Title: "Plain", Values: h, Marks: []Cell{{7, 7}}}, Heat{Title: "Gated", Values: h2, Diverging: true}), "row")
	do(Column(Row(Curves{Title: "Left", Series: []Series{{Name: "a", Y: rec}}}, Curves{Title: "Right", LogY: true, XLabel: "step", Series: []Series{{Name: "b", Y: kl[1:]}}}), st), "column")
	do(Curves{LogY: true, Title: "Learning rate", XLabel: "step", Series: []Series{{Name: "cosine", Y: []float64{1e-6, 1e-5, 1e-4, 1e-3, 3e-4, 1e-5, 1e-7}}, {Name: "one", X: []float64{3}, Y: []float64{1e-4}}}}, "log")
	do(Curves{Series: []Series{{Y: []float64{5}}}}, "onepoint")
}

func TestVegaTry(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	put := func(n string, f vegan) {
		s, err := f.Vega()
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(s)
		println(n, len(b))
		os.WriteFile("/tmp/vegatry/"+n+".json", b, 0o644)
	}
	var x, a, b, lo, hi []float64
	for i := 0; i < 1000; i++ {
		v := 85 + 120*math.Exp(-float64(i)/90)
		x = append(x, float64(i*5))
		a = append(a, v+r.NormFloat64()*3*math.Exp(-float64(i)/800))
		b = append(b, v+3+1.2*math.Sin(float64(i)/40))
		lo = append(lo, b[i]-3)
		hi = append(hi, b[i]+3)
	}
	put("curve", Curves{Title: "Gated PixelCNN on binarised MNIST", XLabel: "training step", YLabel: "negative log-likelihood (nats per image)", Series: []Series{{Name: "train", X: x, Y: a}, {Name: "validation", X: x, Y: b, Low: lo, High: hi, Dashed: true}}, Levels: []Level{{"PixelCNN, van den Oord 2016", 81.3}, {"10-neighbour table", 97.24}}})
	var px, py []float64
	var cl []int
	var nm []string
	var im []image.Image
	for k := 0; k < 10; k++ {
		nm = append(nm, string(rune('0'+k)))
		cx, cy := 30*math.Cos(float64(k)*2.4)*math.Sqrt(float64(k+1)), 30*math.Sin(float64(k)*2.4)*math.Sqrt(float64(k+1))
		for i := 0; i < 300; i++ {
			px = append(px, cx+r.NormFloat64()*9)
			py = append(py, cy+r.NormFloat64()*9)
			cl = append(cl, k)
			im = append(im, ring(i))
		}
	}
	put("tsne", Scatter{Title: "t-SNE of VAE codes", X: px, Y: py, Class: cl, Names: nm, Bare: true, Images: im})
	put("scatter", Scatter{Title: "Codes", XLabel: "z₁", YLabel: "z₂", X: px[:900], Y: py[:900], Class: cl[:900], Names: nm[:3], Key: true})
}

func TestStress(t *testing.T) {
	do := func(f Figure, n string) {
		t.Helper()
		if err := Save(f, "/tmp/showpix/s_"+n+".png"); err != nil {
			t.Error(err)
		}
	}
	r := rand.New(rand.NewSource(1))
	var ss []Series
	for k := 0; k < 10; k++ {
		var y []float64
		for i := 0; i < 40; i++ {
			y = append(y, math.Sin(float64(i)/8+float64(k)*0.3)*1e-9-2e-9)
		}
		ss = append(ss, Series{Name: "a series with a fairly long name number " + string(rune('0'+k)), Y: y})
	}
	do(Curves{Title: "A very long title that goes on and on, to see whether it wraps when the page is not wide enough for all of its words at once", XLabel: "epoch", YLabel: "loss", Series: ss}, "many")
	do(Curves{Title: "Huge", XLabel: "n", YLabel: "FLOP", Series: []Series{{Name: "x", X: []float64{1e3, 1e6, 1e9}, Y: []float64{1e12, 5e15, 3e18}}}, LogX: true, LogY: true}, "huge")
	do(Curves{Title: "Huge linear", XLabel: "n", YLabel: "FLOP", Series: []Series{{Name: "x", X: []float64{0, 1, 2}, Y: []float64{-1e12, 5e12, 3e13}}}}, "hugelin")
	do(Curves{Title: "Constant", Series: []Series{{Name: "c", Y: []float64{2, 2, 2}}}}, "const")
	do(Table{Title: "Wide", Cols: []Col{{Name: "model"}, {Name: "what it is about, at some length"}, {Name: "value"}, {Name: "source"}}, Rows: [][]any{{"PixelCNN", "A masked convolutional network that predicts each pixel from those above it and to the left, with a softmax or Bernoulli output", 81.3, "van den Oord, Kalchbrenner & Kavukcuoglu 2016, Pixel Recurrent Neural Networks, table 4"}, {"VAE", "An encoder and a decoder", 86.6, "Kingma & Welling 2014"}}, Bold: []int{1}, Note: "A note that is longer than the table might be, so that it has to wrap somewhere in the middle of the line, one hopes."}, "widetable")
	var px, py []float64
	var cl []int
	for i := 0; i < 10000; i++ {
		k := i % 10
		px = append(px, float64(k%4)*3+r.NormFloat64())
		py = append(py, float64(k/4)*3+r.NormFloat64())
		cl = append(cl, k)
	}
	do(Scatter{Title: "Ten thousand", X: px, Y: py, Class: cl, Names: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, Bare: true}, "tsne10k")
	do(Grid{Images: []image.Image{ring(1)}, Title: "One"}, "one")
	var g []image.Image
	for i := 0; i < 100; i++ {
		g = append(g, ring(i))
	}
	do(Grid{Images: g, Columns: 20}, "hundred")
	do(Grid{Images: g[:6], Columns: 3, Labels: []string{"a long label", "b", "c", "d", "a longer label even", "f"}, RowTitles: []string{"first row", "second"}}, "lab")
	pix := make([]uint8, 32*32*3)
	for i := range pix {
		pix[i] = uint8(r.Intn(256))
	}
	sm := make([]float32, 32*32*3)
	for i := range sm {
		p := i / 3
		sm[i] = float32([]int{p % 32, p / 32, (p%32 + p/32) / 2}[i%3]) / 32
	}
	do(Row(Grid{Images: []image.Image{RGB(32, 32, pix), RGB(32, 32, sm)}, Title: "Colour"}, Bars{Title: "Bars", Bars: []Bar{{Name: "x", Value: 3}, {Name: "a long name", Value: 1}}}), "colour")
	do(Bars{Title: "One", Bars: []Bar{{Name: "x", Value: 0}}}, "zerobar")
	do(Histogram{Sets: []Set{{"one", []float64{1, 1, 1}}}}, "histconst")
	do(Heat{Values: [][]float64{{0, 0}, {0, 0}}}, "heatzero")
	var q [][]float64
	for i := 0; i < 64; i++ {
		var w []float64
		for j := 0; j < 64; j++ {
			w = append(w, r.Float64())
		}
		q = append(q, w)
	}
	do(Heat{Title: "64 × 64", Values: q, Marks: []Cell{{0, 0}, {63, 63}}}, "heat64")
}
