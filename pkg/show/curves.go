package show

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Curves is a line chart: series over a common x axis, each named at its right end, and levels to compare them with.
type Curves struct {
	Title  string
	XLabel string // such as "step"
	YLabel string // such as "nats per image"
	Series []Series
	Levels []Level
	LogX   bool
	LogY   bool
	YRange [2]float64 // shown range of y [that of the data]; what lies outside is cut off
	Width  float64    // shown pixels [700]
	Height float64    // shown pixels [380]
}

// Series is one line. Y is required; X is its place on the axis [0, 1, 2, …], in increasing order.
type Series struct {
	Name   string
	X, Y   []float64
	Low    []float64 // with High, a band around the line, such as ± a standard error [none]
	High   []float64
	Dashed bool
}

// Level is a horizontal reference line, such as a published number, named at its right end.
type Level struct {
	Name  string
	Value float64
}

func (f Curves) String() string {
	points := 0
	for _, s := range f.Series {
		points += len(s.Y)
	}
	return fmt.Sprintf("[%scurves: %d series, %d points]", named(f.Title), len(f.Series), points)
}

// PNG draws the chart.
func (f Curves) PNG() ([]byte, error) { return render(f) }

// x is the place of the i-th point.
func (s Series) x(i int) float64 {
	if s.X == nil {
		return float64(i)
	}
	return s.X[i]
}

func (s Series) check() error {
	switch {
	case len(s.Y) == 0:
		return fmt.Errorf("it has no points")
	case s.X != nil && len(s.X) != len(s.Y):
		return fmt.Errorf("%d x values for %d y values", len(s.X), len(s.Y))
	case len(s.Low) != len(s.High) || len(s.Low) != 0 && len(s.Low) != len(s.Y):
		return fmt.Errorf("a band of %d low and %d high values for %d points", len(s.Low), len(s.High), len(s.Y))
	case !sort.Float64sAreSorted(s.X):
		return fmt.Errorf("its X are not in increasing order")
	}
	for _, v := range []struct {
		name   string
		values []float64
	}{{"X", s.X}, {"Y", s.Y}, {"Low", s.Low}, {"High", s.High}} {
		if err := finite(v.name, v.values); err != nil {
			return err
		}
	}
	return nil
}

func (f Curves) check() error {
	if len(f.Series) == 0 {
		return fmt.Errorf("there are no series")
	}
	for i, s := range f.Series {
		if err := s.check(); err != nil {
			return fmt.Errorf("series %d%s: %w", i, inQuotes(s.Name), err)
		}
		for j := range s.Y {
			if f.LogX && s.x(j) <= 0 {
				return fmt.Errorf("series %d%s: x value %v cannot stand on a logarithmic axis: give X above 0", i, inQuotes(s.Name), s.x(j))
			}
			if f.LogY && (s.Y[j] <= 0 || len(s.Low) > 0 && s.Low[j] <= 0) {
				return fmt.Errorf("series %d%s: point %d is not above 0 and cannot stand on a logarithmic axis", i, inQuotes(s.Name), j)
			}
		}
	}
	if err := checkLevels(f.Levels, f.LogY); err != nil {
		return err
	}
	if r := f.YRange; r != [2]float64{} && (!(r[0] < r[1]) || finite("", r[:]) != nil || f.LogY && r[0] <= 0) {
		return fmt.Errorf("YRange %v is no range of this axis", r)
	}
	return nil
}

// spans are the ranges of the two axes.
func (f Curves) spans() (x, y span) {
	x = span{lo: math.Inf(1), hi: math.Inf(-1), log: f.LogX, whole: true}
	y = span{lo: math.Inf(1), hi: math.Inf(-1), log: f.LogY}
	for _, s := range f.Series {
		x.include(s.x(0))
		x.include(s.x(len(s.Y) - 1))
		for i := range s.Y {
			x.whole = x.whole && s.x(i) == math.Floor(s.x(i))
			y.include(s.Y[i])
			if len(s.Low) > 0 {
				y.include(s.Low[i])
				y.include(s.High[i])
			}
		}
	}
	for _, l := range f.Levels {
		y.include(l.Value)
	}
	x.pad(0, 0)
	y.pad(0.04, 0.04)
	y.single = false
	if f.YRange != [2]float64{} {
		y.lo, y.hi = f.YRange[0], f.YRange[1]
	}
	return x, y
}

func (f Curves) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing curves%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

// lay draws all but the data, and returns where it goes.
func (f Curves) lay() (*canvas, axes, *frame, error) {
	x, y := f.spans()
	fr := &frame{title: f.Title, xLabel: f.XLabel, yLabel: f.YLabel, width: f.Width, height: f.Height}
	r := ruler{}
	for i, s := range f.Series {
		if s.Name != "" {
			fr.labels = append(fr.labels, r.named(s.Name, s.Y[len(s.Y)-1], hue(i)))
		}
	}
	for _, l := range f.Levels {
		fr.labels = append(fr.labels, r.levelled(l))
	}
	c, a, err := fr.begin(x, y)
	return c, a, fr, err
}

func (f Curves) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, a, fr, err := f.lay()
	if err != nil {
		return nil, err
	}
	for _, l := range f.Levels {
		c.level(a, l.Value)
	}
	inside := box{a.left, a.top - 4, a.right + 3, a.bottom + 1}
	for i, s := range f.Series {
		if len(s.Low) > 0 {
			path := a.path(s, s.High)
			low := a.path(s, s.Low)
			slices.Reverse(low)
			c.fill(append(path, low...), inside, tint(hue(i), 0.2))
		}
	}
	for i, s := range f.Series {
		path := a.path(s, s.Y)
		if len(path) == 1 {
			c.disc(path[0].x, path[0].y, 3, hue(i))
			continue
		}
		width := 2.0
		if len(path) > 300 {
			width = 1.5 // Many points make a rough line: a thinner one shows its shape.
		}
		var dash []float64
		if s.Dashed {
			dash = []float64{6, 5}
		}
		c.line(path, width, dash, inside, hue(i))
	}
	fr.end(c, a)
	return c, nil
}

// path is a series' points on the canvas.
func (a axes) path(s Series, values []float64) []point {
	path := make([]point, len(values))
	for i, v := range values {
		path[i] = point{a.px(s.x(i)), a.py(v)}
	}
	return path
}
