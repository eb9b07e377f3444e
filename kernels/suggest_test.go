package kernels

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"lab", "test", "run", "figure", "data", "doctor", "install", "clean"}
	for word, want := range map[string]string{
		"lab": "lab", "lba": "lab", "Lab": "lab", "tets": "test", "instal": "install", "figures": "figure", "fig": "figure", "docter": "doctor",
		"xyzzy": "", "": "", "q": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	figures := []string{"vae-tsne", "pixelcnn-blind-spot"}
	for word, want := range map[string]string{"blindspot": "pixelcnn-blind-spot", "t-sne": "vae-tsne", "cat": ""} {
		if got := Nearest(word, figures); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// Distances counted by hand: kitten → sitting is the textbook's 3; a swap of neighbours is 1.
func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"lba", "lab", 1}, {"quick", "qick", 1}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestParseDevice(t *testing.T) {
	if d, err := ParseDevice("cuda"); d != CUDA || err != nil {
		t.Errorf("ParseDevice(cuda) = %q, %v", d, err)
	}
	for word, near := range map[string]string{"gpu": "did you mean cuda?", "cpuu": "did you mean cpu?", "abacus": "cpu, cuda, tpu"} {
		if _, err := ParseDevice(word); err == nil {
			t.Errorf("ParseDevice(%q) gives no error", word)
		} else {
			wantWords(t, err, near)
		}
	}
}
