package show

import (
	"fmt"
	"math"
)

// Histogram shows how often values occur. Several sets are shown as shares of each set, so that sets of different sizes compare.
type Histogram struct {
	Title  string
	XLabel string
	YLabel string // ["count" for one set, "share" for several]
	Sets   []Set
	Bins   int        // [chosen from the number of values, between 8 and 60]
	Range  [2]float64 // of the values shown [all]; those outside are not counted
	Width  float64    // shown pixels [700]
	Height float64    // shown pixels [380]
}

// Set is a named set of values.
type Set struct {
	Name   string
	Values []float64
}

func (f Histogram) String() string {
	n := 0
	for _, s := range f.Sets {
		n += len(s.Values)
	}
	return fmt.Sprintf("[%shistogram: %d values]", named(f.Title), n)
}

// PNG draws the histogram.
func (f Histogram) PNG() ([]byte, error) { return render(f) }

func (f Histogram) check() error {
	if len(f.Sets) == 0 {
		return fmt.Errorf("there are no values")
	}
	for i, s := range f.Sets {
		if len(s.Values) == 0 {
			return fmt.Errorf("set %d%s has no values", i, inQuotes(s.Name))
		}
		if err := finite("Values", s.Values); err != nil {
			return fmt.Errorf("set %d%s: %w", i, inQuotes(s.Name), err)
		}
	}
	if f.Bins < 0 || f.Bins > 2000 {
		return fmt.Errorf("%d bins: give 1 to 2000, or 0 to have them chosen", f.Bins)
	}
	if f.Range != [2]float64{} && !(f.Range[0] < f.Range[1]) || finite("Range", f.Range[:]) != nil {
		return fmt.Errorf("the range %v is none", f.Range)
	}
	return nil
}

func (f Histogram) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing a histogram%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Histogram) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	x, n := span{lo: math.Inf(1), hi: math.Inf(-1)}, 0
	for _, s := range f.Sets {
		n = max(n, len(s.Values))
		for _, v := range s.Values {
			x.include(v)
		}
	}
	if f.Range != [2]float64{} {
		x = span{lo: f.Range[0], hi: f.Range[1]}
	}
	x.pad(0, 0)
	bins := f.Bins
	if bins == 0 {
		bins = max(8, min(60, int(2*math.Cbrt(float64(n))))) // Rice's rule.
	}
	fr := frame{title: f.Title, xLabel: f.XLabel, yLabel: f.YLabel, width: f.Width, height: f.Height}
	y, shares := span{whole: len(f.Sets) == 1}, make([][]float64, len(f.Sets))
	for i, s := range f.Sets {
		shares[i] = make([]float64, bins)
		one := 1.0
		if len(f.Sets) > 1 {
			one = 1 / float64(len(s.Values))
		}
		for _, v := range s.Values {
			if v >= x.lo && v <= x.hi {
				shares[i][min(bins-1, int(x.at(v)*float64(bins)))] += one
			}
		}
		for _, v := range shares[i] {
			y.include(v)
		}
		if s.Name != "" {
			fr.key = append(fr.key, keyEntry{s.Name, hue(i)})
		}
	}
	y.pad(0, 0.06)
	if fr.yLabel == "" {
		fr.yLabel = "count"
		if len(f.Sets) > 1 {
			fr.yLabel = "share"
		}
	}
	c, a, err := fr.begin(x, y)
	if err != nil {
		return nil, err
	}
	edge := func(b int) float64 { return a.left + (a.right-a.left)*float64(b)/float64(bins) }
	for i := range f.Sets {
		steps := []point{{a.left, a.bottom}}
		for b, v := range shares[i] {
			steps = append(steps, point{edge(b), a.py(v)}, point{edge(b + 1), a.py(v)})
		}
		steps = append(steps, point{a.right, a.bottom})
		if len(f.Sets) == 1 {
			for b, v := range shares[i] {
				if v > 0 {
					c.rect(edge(b)+0.5, a.py(v), edge(b+1)-0.5, a.bottom, mix(hue(i), paper, 0.2))
				}
			}
			continue
		}
		c.fill(steps, a.box, tint(hue(i), 0.25))
		c.line(steps, 1.5, nil, a.box, hue(i))
	}
	c.hline(a.left, a.right, a.bottom, 2, axis)
	return c, nil
}
