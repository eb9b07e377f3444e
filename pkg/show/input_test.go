package show

import (
	"image"
	"math"
	"strings"
	"testing"
)

// Bad input gets an error that names what is wrong and where, from drawing and from the interactive form alike; it never panics.
func TestBadInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good := []float64{1, 2, 3}
	series := func(s Series) Curves { return Curves{Title: "loss", Series: []Series{s}} }
	for _, c := range []struct {
		name string
		fig  Figure
		want string // part of the error
	}{
		{"no series", Curves{Title: "loss"}, `curves "loss": there are no series`},
		{"empty series", series(Series{Name: "train"}), `series 0 "train": it has no points`},
		{"NaN", series(Series{Name: "train", Y: []float64{1, nan}}), `series 0 "train": Y[1] is NaN`},
		{"infinity", series(Series{Y: []float64{inf}}), "Y[0] is +Inf"},
		{"too large", series(Series{Y: []float64{-math.MaxFloat64, math.MaxFloat64}}), "Y[0] is -1.797"},
		{"NaN in X", series(Series{X: []float64{nan}, Y: []float64{1}}), "X[0] is NaN"},
		{"lengths", series(Series{X: good, Y: good[:2]}), "3 x values for 2 y values"},
		{"order", series(Series{X: []float64{2, 1}, Y: good[:2]}), "not in increasing order"},
		{"half a band", series(Series{Y: good, Low: good}), "a band of 3 low and 0 high values for 3 points"},
		{"NaN in a band", series(Series{Y: good, Low: good, High: []float64{1, nan, 2}}), "High[1] is NaN"},
		{"log of zero", Curves{LogY: true, Series: []Series{{Y: []float64{1, 0}}}}, "point 1 is not above 0"},
		{"log x of zero", Curves{LogX: true, Series: []Series{{Y: good}}}, "x value 0 cannot stand on a logarithmic axis"},
		{"NaN level", Curves{Series: []Series{{Y: good}}, Levels: []Level{{"paper", nan}}}, `level 0 "paper"`},
		{"empty range", Curves{Series: []Series{{Y: good}}, YRange: [2]float64{3, 2}}, "YRange [3 2] is no range of this axis"},
		{"range from NaN", Curves{Series: []Series{{Y: good}}, YRange: [2]float64{nan, 2}}, "is no range"},
		{"log range from zero", Curves{LogY: true, Series: []Series{{Y: good}}, YRange: [2]float64{0, 2}}, "is no range"},
		{"no room", Curves{Series: []Series{{Y: good}}, Width: 50, Height: 20}, "leave no room"},
		{"negative size", Curves{Series: []Series{{Y: good}}, Width: -5}, "cannot be drawn"},
		{"vast size", Curves{Series: []Series{{Y: good}}, Width: 1e9}, "cannot be drawn"},
		{"NaN size", Curves{Series: []Series{{Y: good}}, Width: nan}, "cannot be drawn"},

		{"no layers", Stacked{}, "there are no layers"},
		{"empty layer", Stacked{Layers: []Layer{{Name: "KL"}}}, `layer 0 "KL" has no points`},
		{"ragged layers", Stacked{Layers: []Layer{{"a", good}, {"b", good[:1]}}}, `layer 1 "b" has 1 points and layer 0 has 3`},
		{"negative area", Stacked{Layers: []Layer{{"KL", []float64{1, -1}}}}, "Y[1] is -1, and areas cannot be negative"},
		{"NaN area", Stacked{Layers: []Layer{{"KL", []float64{nan}}}}, "Y[0] is NaN"},
		{"lengths of areas", Stacked{X: good, Layers: []Layer{{"KL", good[:2]}}}, "3 x values for 2 points"},

		{"no values", Histogram{}, "there are no values"},
		{"empty set", Histogram{Sets: []Set{{Name: "a"}}}, `set 0 "a" has no values`},
		{"NaN value", Histogram{Sets: []Set{{"a", []float64{nan}}}}, "Values[0] is NaN"},
		{"bins", Histogram{Sets: []Set{{"a", good}}, Bins: -1}, "-1 bins"},
		{"range", Histogram{Sets: []Set{{"a", good}}, Range: [2]float64{1, 1}}, "the range [1 1] is none"},

		{"no bars", Bars{}, "there are none"},
		{"NaN bar", Bars{Bars: []Bar{{Name: "x", Value: nan}}}, `bar 0 "x": its value is NaN`},
		{"negative error", Bars{Bars: []Bar{{Error: -1}}}, "must not be negative"},
		{"bars without room", Bars{Bars: []Bar{{Name: "x", Value: 1}}, Width: 60}, "no room for the bars"},

		{"no points", Scatter{}, "there are no points"},
		{"lengths of points", Scatter{X: good, Y: good[:2]}, "3 x values for 2 y values"},
		{"classes", Scatter{X: good, Y: good, Class: []int{1}}, "1 classes for 3 points"},
		{"unknown class", Scatter{X: good, Y: good, Class: []int{0, 1, 2}, Names: []string{"a", "b"}}, "the class of point 2 is 2, and there are 2 names"},
		{"negative class", Scatter{X: good, Y: good, Class: []int{0, 1, -1}}, "is -1"},
		{"NaN point", Scatter{X: good, Y: []float64{1, nan, 2}}, "Y[1] is NaN"},
		{"images of points", Scatter{X: good, Y: good, Images: rings(2)}, "2 images for 3 points"},
		{"nil image of a point", Scatter{X: good[:1], Y: good[:1], Images: []image.Image{nil}}, "image 0: it is nil"},

		{"no heat", Heat{}, "there are no values"},
		{"ragged heat", Heat{Values: [][]float64{{1, 2}, {1}}}, "row 1 has 1 values and row 0 has 2"},
		{"NaN heat", Heat{Values: [][]float64{{1}, {nan}}}, "Values[1][0] is NaN"},
		{"signs", Heat{Values: [][]float64{{-1}}}, "set Diverging"},
		{"mark outside", Heat{Values: [][]float64{{1}}, Marks: []Cell{{1, 0}}}, "the marked cell (1, 0) is outside of 1 × 1"},
		{"row labels", Heat{Values: [][]float64{{1}}, RowLabels: []string{"a", "b"}}, "2 row labels for 1 rows"},
		{"wide column labels", Heat{Values: [][]float64{{1, 2}}, ColLabels: []string{strings.Repeat("x", 50), ""}, CellSize: 20}, "column labels are wider"},

		{"no images", Grid{Title: "samples"}, `a grid "samples": there are no images`},
		{"nil image", Grid{Images: []image.Image{ring(1), nil}}, "image 1: it is nil"},
		{"empty image", Grid{Images: []image.Image{image.NewGray(image.Rect(0, 0, 0, 5))}}, "image 0: it has no pixels"},
		{"labels", Grid{Images: rings(3), Labels: []string{"a"}}, "1 labels for 3 images"},
		{"row titles", Grid{Images: rings(4), Columns: 2, RowTitles: []string{"a"}}, "1 row titles for 2 rows of 2"},
		{"negative columns", Grid{Images: rings(1), Columns: -1}, "a negative number among Columns -1"},
		{"vast scale", Grid{Images: rings(1), Scale: 1e6}, "cannot be drawn"},
		{"short pixels", Grid{Images: []image.Image{Grey(2, 2, []uint8{1, 2, 3})}}, "image 0: Grey of 2 × 2 needs 4 values, and got 3"},
		{"NaN pixel", Grid{Images: []image.Image{Binary(1, 2, []float32{0, float32(nan)})}}, "image 0: Binary: value 1 (row 0, column 1) is NaN"},
		{"negative pixels", Grid{Images: []image.Image{RGB(-1, 2, []uint8{})}}, "RGB of -1 × 2"},
		{"ragged slab", Grid{Images: Slab(2, 2, 1, make([]uint8, 7), Grey[uint8])}, "7 values are no whole number of pictures of 2 × 2 × 1"},

		{"no columns", Table{Title: "t"}, `table "t": it has no columns`},
		{"ragged table", Table{Cols: []Col{{Name: "a"}}, Rows: [][]any{{1}, {1, 2}}}, "row 1 has 2 cells, and there are 1 columns"},
		{"bold", Table{Cols: []Col{{Name: "a"}}, Bold: []int{0}}, "bold row 0 of 0 rows"},

		{"no panels", Row(), "there are no figures"},
		{"nil panel", Row(nil), "panel 0: it is nil"},
		{"bad panel", Column(comparison(), Curves{}), "panel 1: show: drawing curves: there are no series"},
		{"foreign panel", Row(foreign("no PNG")), "panel 0: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.fig.PNG()
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "show: ") {
				t.Errorf("PNG: error %v, want one of show with %q", err, c.want)
			}
			if _, err := bundle(c.fig, true); err == nil {
				t.Error("it was bundled")
			}
			if v, ok := c.fig.(vegan); ok {
				if _, err := v.Vega(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("Vega: error %v, want one with %q", err, c.want)
				}
			}
			_ = describe(c.fig)
		})
	}
}

// foreign is a figure of someone else's.
type foreign string

func (f foreign) PNG() ([]byte, error) { return []byte(f), nil }

// What is odd but possible is drawn.
func TestOddInput(t *testing.T) {
	big := strings.Repeat("long words ", 30)
	for name, fig := range map[string]Figure{
		"one point":       Curves{Series: []Series{{Y: []float64{5}}}},
		"constant":        Curves{Title: big, Series: []Series{{Name: big, Y: []float64{2, 2, 2}}}},
		"zeros":           Curves{Series: []Series{{Y: []float64{0, 0}}}},
		"tiny":            Curves{Series: []Series{{Y: []float64{1e-300, 2e-300}}}},
		"huge":            Curves{Series: []Series{{Y: []float64{-1e300, 1e300}}}},
		"hair's breadth":  Curves{Series: []Series{{Y: []float64{1, 1 + 1e-15}}}},
		"same x":          Curves{Series: []Series{{X: []float64{3, 3}, Y: []float64{1, 2}}}},
		"cut off, dashed": Curves{Series: []Series{{Y: []float64{1e30, 1, -1e30, 2}, Dashed: true}}, YRange: [2]float64{0, 3}},
		"cut off":         Curves{Series: []Series{{Y: []float64{1e30, 1, 2}}}, YRange: [2]float64{0, 3}},
		"log, one value":  Curves{LogX: true, LogY: true, Series: []Series{{X: []float64{7}, Y: []float64{7}}}},
		"log, wide":       Curves{LogY: true, Series: []Series{{Y: []float64{1e-300, 1e300}}}},
		"level far away":  Curves{Series: []Series{{Y: []float64{1, 2}}}, Levels: []Level{{"", 1e6}}},
		"many names":      Curves{Height: 120, Series: make30()},
		"one value":       Histogram{Sets: []Set{{"", []float64{1}}}},
		"out of range":    Histogram{Sets: []Set{{"a", []float64{1}}, {"b", []float64{9}}}, Range: [2]float64{3, 4}},
		"zero areas":      Stacked{Layers: []Layer{{"a", []float64{0}}, {"b", []float64{0}}}},
		"zero bar":        Bars{Bars: []Bar{{Name: big, Value: 0}}},
		"negative bars":   Bars{Bars: []Bar{{Value: -2, Hue: 99}}, Levels: []Level{{big, -5}}},
		"one dot":         Scatter{X: []float64{1}, Y: []float64{1}, Bare: true, Class: []int{40}},
		"absent class":    Scatter{X: []float64{1}, Y: []float64{1}, Class: []int{0}, Names: []string{"a", "b"}},
		"zero heat":       Heat{Values: [][]float64{{0, 0}}},
		"negative heat":   Heat{Values: [][]float64{{-1}}, Diverging: true, Numbers: true, Label: big},
		"beyond the most": Heat{Values: [][]float64{{5}}, Max: 1},
		"empty table":     Table{Cols: []Col{{Name: big}, {}}},
		"strange cells":   Table{Cols: []Col{{}, {Format: "%d"}, {Format: "%.1f"}}, Rows: [][]any{{nil, math.NaN(), math.Inf(-1)}, {struct{ A int }{3}, "x\ny", 7}, {true, -5, []int{1}}}},
		"transparent":     Grid{Images: []image.Image{image.NewNRGBA(image.Rect(5, 5, 8, 9)), image.NewUniform(ink)}[:1]},
		"no glyph":        Curves{Title: "漢字 ✓ \x00", Series: []Series{{Y: []float64{1, 2}}}},
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

func make30() (out []Series) {
	for i := range 30 {
		out = append(out, Series{Name: "a series", Y: []float64{0, float64(i)}})
	}
	return out
}
