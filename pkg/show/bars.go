package show

import (
	"cmp"
	"fmt"
)

// Bars compares a few named values, such as models or what was published with what was measured: horizontal bars from zero, each with its value.
type Bars struct {
	Title  string
	Label  string // what is measured, and its unit
	Bars   []Bar
	Format string   // how values are written [short]
	Hues   []string // names of the colours that bars use, explained above them [none]
	Levels []Level  // vertical reference lines
	Width  float64  // shown pixels [700]
}

// Bar is one value. A bar without a name stands close to the one above, as its companion.
type Bar struct {
	Name  string
	Value float64
	Error float64 // half the length of a whisker [none]
	Hue   int     // index into [Palette]
}

func (f Bars) String() string {
	return fmt.Sprintf("[%sbars: %d]", named(f.Title), len(f.Bars))
}

// PNG draws the bars.
func (f Bars) PNG() ([]byte, error) { return render(f) }

func (f Bars) check() error {
	if len(f.Bars) == 0 {
		return fmt.Errorf("there are none")
	}
	for i, b := range f.Bars {
		if err := finite("Value and Error", []float64{b.Value, b.Error}); err != nil {
			return fmt.Errorf("bar %d%s: its value is %v ± %v: leave out what is not known", i, inQuotes(b.Name), b.Value, b.Error)
		}
		if b.Hue < 0 || b.Error < 0 {
			return fmt.Errorf("bar %d%s: Hue %d and Error %v must not be negative", i, inQuotes(b.Name), b.Hue, b.Error)
		}
	}
	return checkLevels(f.Levels, false)
}

func (f Bars) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing bars%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Bars) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	const thick, apart, close, name = 18.0, 10.0, 2.0, 220.0
	width := cmp.Or(f.Width, figWidth)
	r := ruler{}
	values, most := span{}, 0.0
	left, height := 0.0, 0.0
	texts := make([]string, len(f.Bars))
	for i, b := range f.Bars {
		values.include(b.Value - b.Error)
		values.include(b.Value + b.Error)
		texts[i], _ = cell(b.Value, f.Format)
		if b.Error > 0 {
			e, _ := cell(b.Error, f.Format)
			texts[i] += " ± " + e
		}
		most = max(most, r.measure(texts[i], labelType))
		left = max(left, min(name, r.measure(b.Name, labelType)))
		height += thick + close
		if i > 0 && b.Name != "" {
			height += apart - close
		}
	}
	for _, l := range f.Levels {
		values.include(l.Value)
	}
	if values.lo == values.hi {
		values.hi = 1
	}
	left += margin + 10
	right := width - margin - most - 8
	if values.lo < 0 {
		left += most + 8
	}
	if right-left < 60 {
		return nil, fmt.Errorf("%.0f pixels leave no room for the bars: make it wider", width)
	}
	var key []keyEntry
	for i, h := range f.Hues {
		key = append(key, keyEntry{h, hue(i)})
	}
	// The height of the head depends on how its texts wrap: lay it out once on a scrap.
	scrap, err := newCanvas(width, 200)
	if err != nil {
		return nil, err
	}
	top := scrap.head(f.Title, key)
	if f.Label != "" {
		top += 22
	}
	if len(f.Levels) > 0 {
		top += lineHeight * float64(len(f.Levels))
	}
	c, err := newCanvas(width, top+6+height+margin)
	if err != nil {
		return nil, err
	}
	y := c.head(f.Title, key)
	if f.Label != "" {
		c.text(margin, y+12, f.Label, labelType, atLeft, pencil)
	}
	px := func(v float64) float64 { return left + values.at(v)*(right-left) }
	top += 6
	var levels [][]point
	for i, l := range f.Levels {
		x := px(l.Value)
		y := top - 8 - lineHeight*float64(len(f.Levels)-1-i)
		s := fmt.Sprintf("%s: %s", l.Name, Short(l.Value))
		half := c.measure(s, tickType) / 2
		c.text(max(margin, min(width-margin-2*half, x-half)), y, s, tickType, atLeft, pencil)
		levels = append(levels, []point{{x, y + 4}, {x, top + height}})
	}
	y = top
	for i, b := range f.Bars {
		if i > 0 && b.Name != "" {
			y += apart - close
		}
		from, to := px(0), px(b.Value)
		c.rect(min(from, to), y, max(from, to), y+thick, mix(hue(b.Hue), paper, 0.15))
		end := max(to, px(b.Value+b.Error))
		if b.Value < 0 {
			end = min(to, px(b.Value-b.Error))
		}
		if lo, hi := px(b.Value-b.Error), px(b.Value+b.Error); hi-lo > 6 { // A smaller whisker is a blot; the value says it too.
			c.hline(lo, hi, y+thick/2, 3, ink)
			c.vline(lo, y+thick/2-4, y+thick/2+4, 3, ink)
			c.vline(hi, y+thick/2-4, y+thick/2+4, 3, ink)
		}
		if b.Value < 0 {
			c.text(end-6, y+thick/2+4.5, texts[i], labelType, atRight, ink)
		} else {
			c.halo(end+6, y+thick/2+4.5, texts[i], labelType, atLeft, ink)
		}
		label := left - 10
		if values.lo < 0 {
			label -= most + 8
		}
		c.text(label, y+thick/2+4.5, c.cut(b.Name, labelType, name), labelType, atRight, ink)
		y += thick + close
	}
	for _, l := range levels {
		c.line(l, 1.25, []float64{1.5, 4}, c.whole(), ink)
	}
	c.vline(px(0), top-3, top+height+1, 2, axis)
	return c, nil
}

// cut shortens a text to a width, with an ellipsis.
func (r ruler) cut(s string, l letter, limit float64) string {
	if r.measure(s, l) <= limit {
		return s
	}
	letters := []rune(s)
	for n := len(letters) - 1; n > 0; n-- {
		if short := string(letters[:n]) + "…"; r.measure(short, l) <= limit {
			return short
		}
	}
	return "…"
}
