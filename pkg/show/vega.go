package show

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"strconv"
)

// Bounds of an interactive figure, so that a notebook with several stays under a megabyte.
const (
	vegaCurve   = 1200      // points of all lines
	vegaPoints  = 1400      // points of a cloud
	vegaSprites = 60 << 10  // bytes of pictures in tooltips
	bundleBytes = 300 << 10 // bytes of one figure in all its forms; beyond it only the PNG is shown
)

// object and list are JSON, in the types that GoNB knows. There is no null: it cannot travel inside a map.
type (
	object = map[string]any
	list   = []any
)

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// five is a number to five digits, which is what a picture shows and keeps JSON short.
func five(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// vega is what surrounds the data in a Vega-Lite v5 chart, laid out as the PNG is: JupyterLab has Vega-Lite, so that it draws without network.
func (f frame) vega(c *canvas, a axes) (spec object, layers list) {
	spec = object{
		"$schema":    "https://vega.github.io/schema/vega-lite/v5.json", // A name; nothing is fetched.
		"width":      a.right - a.left,
		"height":     a.bottom - a.top,
		"autosize":   object{"type": "none"},
		"padding":    object{"left": a.left, "top": a.top, "right": c.width() - a.right, "bottom": c.height() - a.bottom},
		"background": hex(paper),
		"config": object{
			"font":   "Liberation Sans, Arial, Helvetica, sans-serif",
			"view":   object{"stroke": "transparent"},
			"legend": object{"disable": true},
			"axis":   object{"labelColor": hex(pencil), "labelFontSize": tickType.size, "gridColor": hex(faint), "domainColor": hex(axis), "tickColor": hex(axis)},
		},
	}
	write := func(x, y float64, s string, l letter, align string, col color.RGBA) {
		mark := object{"type": "text", "text": s, "align": align, "baseline": "alphabetic", "fontSize": l.size, "color": hex(col), "limit": five(c.width() - x)}
		if l.bold {
			mark["fontWeight"] = "bold"
		}
		layers = append(layers, object{
			"data": object{"values": list{object{}}}, "mark": mark,
			"encoding": object{"x": object{"value": five(x - a.left)}, "y": object{"value": five(y - a.top)}},
		})
	}
	y := margin + 13
	if f.title != "" {
		for _, s := range c.wrap(f.title, titleType, c.width()-2*margin) {
			write(margin, y, s, titleType, "left", ink)
			y += 18
		}
	}
	if f.yLabel != "" {
		write(margin, f.headEnd+12, f.yLabel, labelType, "left", pencil)
	}
	if f.xLabel != "" {
		write((a.left+a.right)/2, c.height()-margin-1, f.xLabel, labelType, "center", pencil)
	}
	gap := f.gap()
	for _, l := range f.labels {
		if gap == leaderGap {
			layers = append(layers, object{
				"data": object{"values": list{object{}}}, "mark": object{"type": "rule", "color": hex(mix(l.col, paper, 0.35)), "strokeWidth": 1},
				"encoding": object{
					"x": object{"value": five(a.right - a.left + 4)}, "y": object{"value": five(l.want - a.top)},
					"x2": object{"value": five(a.right - a.left + gap - 4)}, "y2": object{"value": five(l.y - a.top)},
				},
			})
		}
		for i, s := range l.lines {
			write(a.right+gap, l.y+4.5+lineHeight*(float64(i)-float64(len(l.lines)-1)/2), s, l.letter(), "left", l.col)
		}
	}
	places, height := c.keyPlaces(f.key, 0)
	for i, k := range f.key {
		at := places[i]
		write(at.x, f.headEnd-height+at.y+12.5, "● "+k.name, letter{labelType.size, true}, "left", mix(k.col, ink, 0.18))
	}
	return spec, layers
}

// vegaAxis describes one axis with our ticks.
func (f frame) vegaAxis(field string, s span, ticks []tick) object {
	scale := object{"zero": false, "nice": false, "domain": list{s.lo, s.hi}}
	if s.log {
		scale["type"] = "log"
	}
	var values list
	for _, t := range ticks {
		values = append(values, five(t.value))
	}
	ax := object{"title": "", "values": values, "labelOverlap": "greedy"}
	if field == "x" {
		ax["grid"] = false
	} else {
		ax["domain"], ax["ticks"], ax["labelPadding"] = false, false, 8
	}
	if f.bare {
		ax = object{"title": "", "labels": false, "ticks": false, "domain": false, "grid": false}
	}
	return object{"field": field, "type": "quantitative", "scale": scale, "axis": ax}
}

// nearest is a selection of the point nearest to the pointer, and shown that it is selected.
func nearest() (params list, opacity object) {
	return list{object{"name": "near", "select": object{"type": "point", "on": "pointerover", "nearest": true, "clear": "pointerout"}}},
		object{"condition": object{"param": "near", "empty": false, "value": 1}, "value": 0}
}

// Vega is the chart as Vega-Lite v5, with values in tooltips: at most 1,200 points, the extremes of what is thinned out kept.
func (f Curves) Vega() (map[string]any, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("show: describing curves%s: %w", inQuotes(f.Title), err)
	}
	c, a, fr, err := f.lay()
	if err != nil {
		return nil, fmt.Errorf("show: describing curves%s: %w", inQuotes(f.Title), err)
	}
	spec, layers := fr.vega(c, a)
	var points, bands, names, hues, dashes list
	for i, s := range f.Series {
		name := cmp.Or(s.Name, fmt.Sprintf("series %d", i+1))
		dash := list{1, 0}
		if s.Dashed {
			dash = list{6, 5}
		}
		names, hues, dashes = append(names, name), append(hues, hex(hue(i))), append(dashes, dash)
		for _, j := range thin(s.Y, max(2, vegaCurve/len(f.Series))) {
			points = append(points, object{"x": five(s.x(j)), "y": five(s.Y[j]), "s": name})
			if len(s.Low) > 0 {
				bands = append(bands, object{"x": five(s.x(j)), "y": five(s.Low[j]), "high": five(s.High[j]), "s": name})
			}
		}
	}
	colour := object{"field": "s", "type": "nominal", "scale": object{"domain": names, "range": hues}}
	x, y := fr.vegaAxis("x", a.x, a.xTicks(c.ruler)), fr.vegaAxis("y", a.y, a.yTicks())
	if bands != nil {
		layers = append(layers, object{
			"data": object{"values": bands}, "mark": object{"type": "area", "opacity": 0.2, "clip": true},
			"encoding": object{"x": x, "y": y, "y2": object{"field": "high"}, "color": colour},
		})
	}
	for _, l := range f.Levels {
		layers = append(layers, object{
			"data":     object{"values": list{object{"y": five(l.Value)}}},
			"mark":     object{"type": "rule", "color": hex(pencil), "strokeDash": list{1.5, 4}, "strokeCap": "round", "strokeWidth": 1.25, "tooltip": l.Name + ": " + Short(l.Value)},
			"encoding": object{"y": y},
		})
	}
	dash := object{"field": "s", "type": "nominal", "scale": object{"domain": names, "range": dashes}}
	params, opacity := nearest()
	tip := list{
		object{"field": "s", "type": "nominal", "title": "series"},
		object{"field": "x", "type": "quantitative", "title": cmp.Or(f.XLabel, "x")},
		object{"field": "y", "type": "quantitative", "title": cmp.Or(f.YLabel, "y")},
	}
	layers = append(
		layers,
		object{"mark": object{"type": "line", "strokeWidth": 1.75, "strokeJoin": "round", "clip": true}, "encoding": object{"x": x, "y": y, "color": colour, "strokeDash": dash}},
		object{"params": params, "mark": object{"type": "point", "filled": true, "size": 60}, "encoding": object{"x": x, "y": y, "color": colour, "tooltip": tip, "opacity": opacity}},
	)
	spec["data"], spec["layer"] = object{"values": points}, layers
	return spec, nil
}

// thin is the indices of at most n of a series' points, those that hold its shape: of each stretch the lowest and the highest.
func thin(y []float64, n int) []int {
	var keep []int
	if len(y) <= n {
		for i := range y {
			keep = append(keep, i)
		}
		return keep
	}
	stretches := n / 2
	for b := range stretches {
		from, to := b*len(y)/stretches, (b+1)*len(y)/stretches
		low, high := from, from
		for i := from; i < to; i++ {
			if y[i] < y[low] {
				low = i
			}
			if y[i] > y[high] {
				high = i
			}
		}
		keep = append(keep, min(low, high))
		if low != high {
			keep = append(keep, max(low, high))
		}
	}
	return keep
}

// Vega is the cloud as Vega-Lite v5: at most 1,400 of the points, evenly chosen, and as many of their pictures as the bound on size allows; where one
// points, the picture nearest by is shown.
func (f Scatter) Vega() (map[string]any, error) {
	spec, err := f.vega()
	if err != nil {
		return nil, fmt.Errorf("show: describing a scatter%s: %w", inQuotes(f.Title), err)
	}
	return spec, nil
}

func (f Scatter) vega() (object, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, a, fr, err := f.lay()
	if err != nil {
		return nil, err
	}
	spec, layers := fr.vega(c, a)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(f.X)) // A fixed seed: the same figure gives the same file.
	var points, pictures list
	size := 0
	for _, i := range order[:min(len(order), vegaPoints)] {
		p := object{"x": five(f.X[i]), "y": five(f.Y[i])}
		if f.Class != nil {
			p["class"] = f.className(f.Class[i])
		}
		points = append(points, p)
		if f.Images != nil && size < vegaSprites {
			uri, err := sprite(f.Images[i])
			if err != nil {
				return nil, fmt.Errorf("image %d: %w", i, err)
			}
			q := object{"image": uri}
			for k, v := range p {
				q[k] = v
			}
			pictures = append(pictures, q)
			size += len(uri) + 40
		}
	}
	x, y := fr.vegaAxis("x", a.x, a.xTicks(c.ruler)), fr.vegaAxis("y", a.y, a.yTicks())
	colour := object{"value": hex(hue(0))}
	var tip list
	if f.Class != nil {
		var names, hues list
		for k := range f.classes() {
			names, hues = append(names, f.className(k)), append(hues, hex(hue(k)))
		}
		colour = object{"field": "class", "type": "nominal", "scale": object{"domain": names, "range": hues}}
		tip = list{object{"field": "class", "type": "nominal"}}
	}
	if !f.Bare {
		tip = append(
			tip,
			object{"field": "x", "type": "quantitative", "title": cmp.Or(f.XLabel, "x")},
			object{"field": "y", "type": "quantitative", "title": cmp.Or(f.YLabel, "y")},
		)
	}
	radius, opacity := f.dots()
	layers = append(layers, object{
		"data": object{"name": "points"}, "mark": object{"type": "circle", "size": five(math.Pi * radius * radius), "opacity": opacity},
		"encoding": object{"x": x, "y": y, "color": colour},
	})
	if !f.Key {
		for k, name := range f.Names {
			if px, py, ok := f.placeOf(k); ok {
				layers = append(layers, object{
					"data": object{"values": list{object{"x": five(px), "y": five(py)}}},
					"mark": object{
						"type": "text", "text": name, "fontSize": classType.size, "fontWeight": "bold", "color": hex(classInk(k)),
						"stroke": hex(paper), "strokeWidth": 0.5, "baseline": "middle",
					},
					"encoding": object{"x": x, "y": y},
				})
			}
		}
	}
	spec["datasets"] = object{"points": points}
	near := object{"name": "points"}
	if pictures != nil {
		near, tip = object{"values": pictures}, append(tip, object{"field": "image", "type": "nominal"})
	}
	params, shown := nearest()
	layers = append(layers, object{
		"data": near, "params": params, "mark": object{"type": "circle", "size": 110, "stroke": hex(ink), "strokeWidth": 1.5},
		"encoding": object{"x": x, "y": y, "color": colour, "tooltip": tip, "opacity": shown},
	})
	spec["layer"] = layers
	return spec, nil
}
