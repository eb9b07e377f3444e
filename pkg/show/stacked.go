package show

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Stacked is a chart of layers on top of each other, their sum at the top: how a whole, such as −ELBO, divides into reconstruction and KL.
type Stacked struct {
	Title  string
	XLabel string
	YLabel string
	X      []float64 // places on the axis [0, 1, 2, …], in increasing order
	Layers []Layer   // from the bottom up
	Total  string    // name of the sum, written at its line [not named]
	Levels []Level
	Width  float64 // shown pixels [700]
	Height float64 // shown pixels [380]
}

// Layer is one part of a [Stacked] chart: a value of zero or more at every place.
type Layer struct {
	Name string
	Y    []float64
}

func (f Stacked) String() string {
	return fmt.Sprintf("[%sstacked areas: %d layers]", named(f.Title), len(f.Layers))
}

// PNG draws the chart.
func (f Stacked) PNG() ([]byte, error) { return render(f) }

func (f Stacked) check() error {
	if len(f.Layers) == 0 {
		return fmt.Errorf("there are no layers")
	}
	n := len(f.Layers[0].Y)
	if n == 0 {
		return fmt.Errorf("layer 0%s has no points", inQuotes(f.Layers[0].Name))
	}
	if f.X != nil && len(f.X) != n {
		return fmt.Errorf("%d x values for %d points", len(f.X), n)
	}
	if !sort.Float64sAreSorted(f.X) {
		return fmt.Errorf("the values of X are not in increasing order")
	}
	if err := finite("X", f.X); err != nil {
		return err
	}
	for i, l := range f.Layers {
		if len(l.Y) != n {
			return fmt.Errorf("layer %d%s has %d points and layer 0 has %d", i, inQuotes(l.Name), len(l.Y), n)
		}
		if err := finite("Y", l.Y); err != nil {
			return fmt.Errorf("layer %d%s: %w", i, inQuotes(l.Name), err)
		}
		if j := slices.IndexFunc(l.Y, func(v float64) bool { return v < 0 }); j >= 0 {
			return fmt.Errorf("layer %d%s: Y[%d] is %v, and areas cannot be negative: show it as Curves", i, inQuotes(l.Name), j, l.Y[j])
		}
	}
	return checkLevels(f.Levels, false)
}

func (f Stacked) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing stacked areas%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Stacked) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	n := len(f.Layers[0].Y)
	edges := [][]float64{make([]float64, n)} // edges[i] is the lower edge of layer i
	for i, l := range f.Layers {
		next := slices.Clone(edges[i])
		for j, v := range l.Y {
			next[j] += v
		}
		edges = append(edges, next)
	}
	at := Series{X: f.X}
	x, y := span{lo: at.x(0), hi: at.x(n - 1), whole: !slices.ContainsFunc(f.X, func(v float64) bool { return v != math.Floor(v) })}, span{}
	for _, v := range edges[len(f.Layers)] {
		y.include(v)
	}
	for _, l := range f.Levels {
		y.include(l.Value)
	}
	x.pad(0, 0)
	y.pad(0, 0.06)
	fr := frame{title: f.Title, xLabel: f.XLabel, yLabel: f.YLabel, width: f.Width, height: f.Height}
	r := ruler{}
	for i, l := range f.Layers {
		if l.Name != "" {
			fr.labels = append(fr.labels, r.named(l.Name, (edges[i][n-1]+edges[i+1][n-1])/2, hue(i)))
		}
	}
	if f.Total != "" {
		fr.labels = append(fr.labels, r.named(f.Total, edges[len(f.Layers)][n-1], ink))
	}
	for _, l := range f.Levels {
		fr.labels = append(fr.labels, r.levelled(l))
	}
	c, a, err := fr.begin(x, y)
	if err != nil {
		return nil, err
	}
	for i := range f.Layers {
		low := a.path(at, edges[i])
		slices.Reverse(low)
		c.fill(append(a.path(at, edges[i+1]), low...), a.box, mix(hue(i), paper, 0.35))
	}
	for i := range f.Layers {
		if i > 0 {
			c.line(a.path(at, edges[i]), 1.25, nil, a.box, paper)
		}
	}
	c.line(a.path(at, edges[len(f.Layers)]), 2, nil, box{a.left, a.top - 2, a.right + 2, a.bottom}, ink)
	for _, l := range f.Levels {
		c.level(a, l.Value)
	}
	c.hline(a.left, a.right, a.bottom, 2, axis)
	fr.end(c, a)
	return c, nil
}
