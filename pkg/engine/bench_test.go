package engine

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

// BenchmarkOpen is what a cell waits for its engine, in a new process each time.
func BenchmarkOpen(b *testing.B) {
	for _, engine := range []string{"go", "xla:" + xlaPlugin(b)} {
		b.Run(engine[:2], func(b *testing.B) {
			home := b.TempDir()
			var open time.Duration
			for range b.N {
				r, output, err := child(task{}, time.Minute, "CURIOUS_ENGINE="+engine, "CURIOUS_HOME="+home)
				if err != nil {
					b.Fatal(err, output)
				}
				open += r.Open
			}
			b.ReportMetric(float64(open.Milliseconds())/float64(b.N), "ms-to-open")
		})
	}
}

// BenchmarkFirstStep is the time from opening the engine to the end of the first step of a model as large as the reference Gated PixelCNN,
// in a new process each time.
func BenchmarkFirstStep(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("kept=%v", kept), func(b *testing.B) {
			env := []string{"CURIOUS_ENGINE=xla:" + xlaPlugin(b), "CURIOUS_HOME=" + b.TempDir()}
			if kept {
				if _, output, err := child(task{Config: reference, Steps: 1}, time.Minute, env...); err != nil {
					b.Fatal(err, output)
				}
			} else {
				env = append(env, "CURIOUS_NO_PROGRAM_CACHE=1")
			}
			b.ResetTimer()
			var first time.Duration
			for range b.N {
				r, output, err := child(task{Config: reference, Steps: 1}, time.Minute, env...)
				if err != nil {
					b.Fatal(err, output)
				}
				first += r.First
			}
			b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms-to-first-step")
		})
	}
}

// BenchmarkLookup is what a kept program costs besides loading it: its key and its check, for a program text and a compiled program of 1 MB each.
func BenchmarkLookup(b *testing.B) {
	text, compiled := bytes.Repeat([]byte("%1 = stablehlo.add"), 1<<20/18), make([]byte, 1<<20)
	p := folder(b, programsLimit)
	around, err := surroundings(p.dir, "cpu", os.Args[0])
	if err != nil {
		b.Fatal(err)
	}
	p.put(programKey(around, []byte("mlir"), text, nil), compiled)
	for b.Loop() {
		if p.get(programKey(around, []byte("mlir"), text, nil)) == nil {
			b.Fatal("not found")
		}
	}
}

// BenchmarkProduct is the product of two 2048×2048 matrices.
func BenchmarkProduct(b *testing.B) {
	for _, engine := range []string{"go", "xla"} {
		b.Run(engine, func(b *testing.B) {
			e, err := openGo("a benchmark asks for it", "")
			if engine == "xla" {
				e, err = openXLA("cpu", xlaPlugin(b))
			}
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				rate, err := e.GFLOPS(2048)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(rate, "GFLOP/s")
			}
		})
	}
}
