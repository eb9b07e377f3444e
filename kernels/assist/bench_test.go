package assist

import "testing"

func BenchmarkComplete(b *testing.B) {
	for state, a := range assistants(b) {
		if state == "not ready" { // each answer waits for patience
			continue
		}
		for name, code := range map[string]string{
			"standard": "fmt.Pri", "module": "pixelcnn.Qu", "field": "show.Display(show.Curves{Ti", "name": "pup", "path": "import \"net/", "cell": whole[1] + "\nserver.",
		} {
			b.Run(state+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if len(a.Complete(code, len(code)).Matches) == 0 {
						b.Fatal("nothing")
					}
				}
			})
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	for state, a := range assistants(b) {
		if state == "not ready" {
			continue
		}
		for name, code := range map[string]string{"standard": "fmt.Println(", "module": "pixelcnn.Quick(", "large": "http.Server{"} {
			b.Run(state+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, ok := a.Inspect(code, len(code), 0); !ok {
						b.Fatal("nothing")
					}
				}
			})
		}
	}
}

// BenchmarkFirst is the first answer of a kernel whose index is not there yet.
func BenchmarkFirst(b *testing.B) {
	for _, code := range []string{"fmt.Pri", "pixelcnn.Quick().", "http.Serv"} {
		b.Run(code, func(b *testing.B) {
			for b.Loop() {
				if len(New(Options{Root: root}).Complete(code, len(code)).Matches) == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
}

func BenchmarkReadNetHTTP(b *testing.B) {
	s := newSources("")
	dir := s.dir("net/http")
	for b.Loop() {
		names, stamp := goFiles(dir)
		if f := readFolder(dir, names, stamp); f.entries["Server.Handler"].doc == "" {
			b.Fatal("nothing")
		}
	}
}
