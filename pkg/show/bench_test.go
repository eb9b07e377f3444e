package show

import "testing"

func benchmark(b *testing.B, fig Figure) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fig.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGrid64(b *testing.B) { benchmark(b, Grid{Title: "Samples", Images: rings(64)}) }

func BenchmarkCurve1000(b *testing.B) {
	x, y := falling(1000, 85)
	benchmark(b, Curves{Title: "Training", XLabel: "step", YLabel: "nats", Series: []Series{{Name: "train", X: x, Y: y}}, Levels: []Level{{"published", 81.3}}})
}

func BenchmarkScatter10000(b *testing.B) { benchmark(b, clusters(1000)) }

func BenchmarkTable(b *testing.B) { benchmark(b, comparison()) }

func BenchmarkCurve1000Vega(b *testing.B) {
	x, y := falling(1000, 85)
	f := Curves{Title: "Training", Series: []Series{{Name: "train", X: x, Y: y}}}
	for b.Loop() {
		if _, err := f.Vega(); err != nil {
			b.Fatal(err)
		}
	}
}
