package show

import (
	"image"
	"math"
	"testing"
)

func BenchmarkGrid64(b *testing.B) {
	imgs := make([]image.Image, 64)
	for i := range imgs {
		imgs[i] = ring(i)
	}
	for b.Loop() {
		if _, err := (Grid{Title: "Samples", Images: imgs}).PNG(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCurve1000(b *testing.B) {
	y := make([]float64, 1000)
	for i := range y {
		y[i] = 85 + 120*math.Exp(-float64(i)/90) + 3*math.Sin(float64(i*i))
	}
	for b.Loop() {
		if _, err := (Curves{Title: "Training", XLabel: "step", YLabel: "nats", Series: []Series{{Name: "train", Y: y}}}).PNG(); err != nil {
			b.Fatal(err)
		}
	}
}

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
