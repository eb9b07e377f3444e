package show

import (
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// drawings is a figure of each kind that a golden image shows beside those of gallery.
func drawings() map[string]Figure {
	r := rand.New(rand.NewPCG(7, 8))
	var sample []float64
	for range 1500 {
		sample = append(sample, r.NormFloat64())
	}
	bell := func(mean, sigma float64) (x, y []float64) {
		for v := -4.0; v <= 4; v += 0.1 {
			x, y = append(x, v), append(y, math.Exp(-(v-mean)*(v-mean)/(2*sigma*sigma))/(sigma*math.Sqrt(2*math.Pi)))
		}
		return x, y
	}
	x, early := bell(1, 2)
	_, late := bell(0, 1)
	return map[string]Figure{
		"diagram": Diagram{
			Title: "A frame from the frames before it",
			Boxes: []Box{
				{Name: "x", Col: 0, Row: 0, Picture: ring(0), Title: "x_{t−1}", Form: Bare},
				{Title: "encoder", Text: "8 blocks\n64×64×256", Col: 1.2, Row: 0, Hue: 0},
				{Title: "ConvLSTM", Text: "over time", Col: 2.5, Row: 0, Hue: 1},
				{Title: "decoder", Text: "12 masked blocks", Col: 3.8, Row: 0, Hue: 2},
				{Name: "p", Text: "p(x_t | x_{<t})", Col: 5, Row: 0, Form: Bare},
				{Name: "target", Title: "x_t", Text: "above and to the left", Col: 3.8, Row: 1, Form: Outlined, Hue: 9},
				{Title: "wide", Text: "spans three columns", Col: 1.2, Row: 1, Wide: 3, Hue: 4, Left: true},
			},
			Arrows: []Arrow{
				{From: "x", To: "encoder"},
				{From: "encoder", To: "ConvLSTM"},
				{From: "ConvLSTM", To: "ConvLSTM", Text: "h_t"},
				{From: "ConvLSTM", To: "decoder", Text: "context"},
				{From: "decoder", To: "p", Hue: 3},
				{From: "target", To: "decoder", Text: "teacher forcing", Dashed: true},
				{From: "wide", To: "encoder", Plain: true},
				{From: "wide", To: "ConvLSTM", Via: [][2]float64{{3.0, 1}, {3.0, 0.5}, {2.5, 0.5}}},
			},
			Groups: []Group{{Title: "conditional", Boxes: []string{"decoder", "target"}}},
			Note:   "The decoder sees the frame so far, 10^{6} numbers of it.",
		},
		"diagram-grid": Diagram{StepX: 150, StepY: 80, Width: 340, Boxes: []Box{
			{Title: "a", Text: "fills its cell", Wide: 1, High: 1},
			{Title: "b", Text: "with a text that is too long for one line", Col: 1, Wide: 1, High: 1, Hue: 1},
			{Title: "c", Row: 1, Col: 0.5, Wide: 2, High: 1, Hue: 2},
		}},
		"sketch": Sketch{Title: "A triangle", Width: 300, Height: 150, Shapes: []Shape{
			Polygon{Points: [][2]float64{{20, 130}, {150, 20}, {280, 130}}, Fill: hue(5), Edge: ink},
			Polygon{Points: [][2]float64{{20, 10}, {280, 10}, {280, 60}}, Edge: hue(1), Open: true, Dashed: true},
			Words{X: 150, Y: 100, Text: "words that\nwrap at_{low} and^{high}", Align: Centre, Bold: true, Size: 14, Wrap: 120},
		}},
		"magnitudes": Magnitudes{
			Title: "How much there is", Label: "bits", Hues: []string{"labels", "pixels"}, Bars: []Bar{
				{Name: "labels of ImageNet", Value: 12_756_204}, {Value: 503.3e9, Hue: 1}, {Name: "MNIST, labels", Value: 199_200}, {Value: 376e6, Hue: 1},
			},
		},
		"density": Density{Title: "A bell", XLabel: "x", Data: sample, Curves: []Series{{Name: "step 0", X: x, Y: early, Dashed: true}, {Name: "step 100", X: x, Y: late}}},
	}
}

func TestGoldenDrawings(t *testing.T) {
	for name, fig := range drawings() {
		t.Run(name, func(t *testing.T) {
			data, err := fig.PNG()
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 40<<10 {
				t.Errorf("the file has %d bytes, more than 40 kB", len(data))
			}
			path := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: make it with go test ./pkg/show -run Golden -update", err)
			}
			got, want := decode(t, data), decode(t, golden)
			if got.Bounds() != want.Bounds() {
				t.Fatalf("size %v, want %v", got.Bounds(), want.Bounds())
			}
			if share := differing(got, want, 40); share > 0.001 {
				t.Errorf("%.2f%% of the pixels differ", 100*share)
			}
		})
	}
}

func TestBadDrawings(t *testing.T) {
	nan := math.NaN()
	two := []Box{{Title: "a"}, {Title: "b", Col: 1}}
	for _, c := range []struct {
		name string
		fig  Figure
		want string // part of the error
	}{
		{"no boxes", Diagram{Title: "d"}, `a diagram "d": there are no boxes`},
		{"empty box", Diagram{Boxes: []Box{{Title: "a"}, {Col: 1}}}, "box 1 is empty"},
		{"one name twice", Diagram{Boxes: []Box{{Title: "a"}, {Title: "a", Col: 1}}}, `two boxes are called "a"`},
		{"overlap", Diagram{Boxes: []Box{{Title: "a"}, {Title: "b", Col: 0.02}}, StepX: 200}, `"a" and "b" overlap`},
		{"NaN place", Diagram{Boxes: []Box{{Title: "a", Row: nan}}}, `box 0 "a": place 0, NaN`},
		{"far place", Diagram{Boxes: []Box{{Title: "a", Row: 1e9}}}, "give numbers of columns and rows"},
		{"hue", Diagram{Boxes: []Box{{Title: "a", Hue: -1}}}, "Hue -1"},
		{"empty picture", Diagram{Boxes: []Box{{Title: "a", Picture: image.NewGray(image.Rectangle{})}}}, "its picture has no pixels"},
		{"unknown arrow", Diagram{Boxes: two, Arrows: []Arrow{{From: "a", To: "c"}}}, `arrow 0: there is no box "c"`},
		{"hue of an arrow", Diagram{Boxes: two, Arrows: []Arrow{{From: "a", To: "b", Hue: -1}}}, "arrow 0: Hue -1"},
		{"via nowhere", Diagram{Boxes: two, Arrows: []Arrow{{From: "a", To: "b", Via: [][2]float64{{nan, 0}}}}}, "arrow 0: it goes via [NaN 0]"},
		{"unknown in a group", Diagram{Boxes: two, Groups: []Group{{Title: "g", Boxes: []string{"z"}}}}, `group 0 "g": there is no box "z"`},
		{"empty group", Diagram{Boxes: two, Groups: []Group{{}}}, "group 0 has no boxes"},
		{"no room", Diagram{Boxes: two, Width: 50}, "make it wider"},
		{"steps", Diagram{Boxes: two, StepY: -1}, "a step of -1"},

		{"no shapes", Sketch{}, "there are no shapes"},
		{"nil shape", Sketch{Shapes: []Shape{nil}}, "shape 0: it is nil"},
		{"a point", Sketch{Shapes: []Shape{Polygon{Points: [][2]float64{{1, 1}}}}}, "a polygon of 1 points"},
		{"NaN point", Sketch{Shapes: []Shape{Polygon{Points: [][2]float64{{1, 1}, {nan, 1}}}}}, "Points[1][0] is NaN"},
		{"edge", Sketch{Shapes: []Shape{Polygon{Points: [][2]float64{{1, 1}, {2, 1}}, Thick: -1}}}, "-1 pixels thick"},
		{"words", Sketch{Shapes: []Shape{Words{X: nan, Text: "a"}}}, `words "a" at NaN`},
		{"size", Sketch{Width: 1e9, Shapes: []Shape{Words{Text: "a"}}}, "cannot be drawn"},

		{"no magnitudes", Magnitudes{}, "there are none"},
		{"zero", Magnitudes{Bars: []Bar{{Name: "a"}}}, `bar 0 "a": 0 cannot stand`},
		{"below the axis", Magnitudes{From: 10, Bars: []Bar{{Value: 1}}}, "below the beginning"},
		{"axis", Magnitudes{From: -1, Bars: []Bar{{Value: 1}}}, "begin at -1"},
		{"narrow", Magnitudes{Width: 60, Bars: []Bar{{Value: 1}}}, "no room"},

		{"no data", Density{}, "there are no data"},
		{"NaN data", Density{Data: []float64{nan}}, "Data[0] is NaN"},
		{"bins", Density{Data: []float64{1}, Bins: -1}, "-1 bins"},
		{"no X", Density{Data: []float64{1}, Curves: []Series{{Name: "p", Y: []float64{1}}}}, `curve 0 "p" has no X`},
		{"negative", Density{Data: []float64{1}, Curves: []Series{{X: []float64{1}, Y: []float64{-1}}}}, "not negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.fig.PNG()
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "show: ") {
				t.Errorf("error %v, want one of show with %q", err, c.want)
			}
			_ = describe(c.fig)
		})
	}
}

// What is written as in LaTeX is set low or high, and measured as it is drawn.
func TestRich(t *testing.T) {
	parts := rich(`x_{t−1} = 10^{6}_i \_ a²`, labelType)
	var got []string
	for _, p := range parts {
		mark := ""
		if p.rise < 0 {
			mark = "_"
		} else if p.rise > 0 {
			mark = "^"
		}
		got = append(got, mark+p.text)
	}
	if want := "x|_t−1| = 10|^6|_i| |_| a|^2"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
	r := ruler{}
	if a, b := r.measureRich("x_{t}", labelType), r.measureRich("xt", labelType); a >= b {
		t.Errorf("a low sign takes %.1f pixels, no less than %.1f", a, b)
	}
	for _, odd := range []string{"", "_", "^", `\`, "a_", "a_{", "a_{b", "_{}"} {
		_ = r.measureRich(odd, labelType) // must not panic
	}
}

// What is odd but possible is drawn, and fits into notebooks.
func TestOddDrawings(t *testing.T) {
	long := strings.Repeat("long words ", 30)
	for name, fig := range map[string]Figure{
		"one box":         Diagram{Boxes: []Box{{Text: "alone"}}},
		"long words":      Diagram{Title: long, Note: long, Boxes: []Box{{Title: long, Text: strings.Repeat("w", 300)}}},
		"loop of a loop":  Diagram{Boxes: []Box{{Title: "a", Row: -3, Col: -2}}, Arrows: []Arrow{{From: "a", To: "a", Text: long}, {From: "a", To: "a", Via: [][2]float64{{-1, -3}, {-1, -4}, {-2, -4}}}}},
		"far corner":      Diagram{Boxes: []Box{{Title: "a"}, {Title: "b", Col: 1}}, Arrows: []Arrow{{From: "a", To: "b", Via: [][2]float64{{0, 5}, {4, 5}}, Plain: true, Dashed: true, Hue: 12}}},
		"at one place":    Diagram{Boxes: []Box{{Title: "a"}, {Title: "b", Col: 1}}, Arrows: []Arrow{{From: "a", To: "b", Via: [][2]float64{{1, 0}}}}},
		"picture alone":   Diagram{Boxes: []Box{{Picture: ring(1)}, {Name: "b", Picture: image.NewGray(image.Rect(0, 0, 1, 900)), Col: 1}}},
		"nested groups":   Diagram{Boxes: []Box{{Title: "a"}, {Title: "b", Col: 1}}, Groups: []Group{{Title: "in", Boxes: []string{"a"}}, {Boxes: []string{"a", "b"}}}},
		"no glyph":        Sketch{Shapes: []Shape{Words{Text: "漢字 ✓ \x00 _{", X: -50, Y: 1e6}}},
		"outside":         Sketch{Shapes: []Shape{Polygon{Points: [][2]float64{{-1e9, 5}, {1e9, 5}, {0, -1e9}}, Fill: ink, Edge: hue(1)}}},
		"one magnitude":   Magnitudes{Bars: []Bar{{Name: long, Value: 1}}},
		"tiny and huge":   Magnitudes{Bars: []Bar{{Value: 1e-300}, {Value: 1e300, Hue: 99}}},
		"one value":       Density{Data: []float64{3}},
		"equal values":    Density{Data: []float64{3, 3, 3}, Bins: 1, Curves: []Series{{X: []float64{2, 4}, Y: []float64{0, 0}}}},
		"curve elsewhere": Density{Data: []float64{1, 2}, Curves: []Series{{Name: long, X: []float64{100, 101}, Y: []float64{5, 5}}}},
		"panels of them":  Row(Diagram{Boxes: []Box{{Title: "a"}}}, Magnitudes{Bars: []Bar{{Value: 1}}}, Density{Data: []float64{1, 2}, Height: 200}),
	} {
		t.Run(name, func(t *testing.T) {
			data, err := fig.PNG()
			if err != nil {
				t.Fatal(err)
			}
			decode(t, data)
			if _, err := bundle(fig, true); err != nil {
				t.Error(err)
			}
		})
	}
}
