package wire

import (
	"bytes"
	"reflect"
)

// Clone copies src, a modelled struct, so that the copy shares nothing with it
// that either may change.
func Clone[T any](src *T) *T {
	dst := new(T)
	*dst = *src
	rv := reflect.ValueOf(dst).Elem()
	detach(tableOf(rv.Type()), rv)
	return dst
}

// detach gives rv, a fresh copy, its own slices, maps and pointers. Its Extra
// stays: what that points to never changes.
func detach(tab *table, rv reflect.Value) {
	for i := range tab.fields {
		f := &tab.fields[i]
		fv := rv.Field(f.index)
		if f.kind == kindStruct {
			detach(f.object, fv)
		} else if !fv.IsZero() {
			detachField(f, fv)
		}
	}
}

func detachField(f *field, fv reflect.Value) {
	switch f.kind {
	case kindRaw:
		fv.SetBytes(bytes.Clone(fv.Bytes()))
	case kindStrings:
		list := reflect.MakeSlice(fv.Type(), fv.Len(), fv.Len())
		reflect.Copy(list, fv)
		fv.Set(list)
	case kindStringMap:
		m := reflect.MakeMapWithSize(fv.Type(), fv.Len())
		for it := fv.MapRange(); it.Next(); {
			m.SetMapIndex(it.Key(), it.Value())
		}
		fv.Set(m)
	case kindBoolPtr, kindStructPtr:
		p := reflect.New(fv.Type().Elem())
		p.Elem().Set(fv.Elem())
		fv.Set(p)
		if f.kind == kindStructPtr {
			detach(f.object, p.Elem())
		}
	case kindRaws, kindStructs:
		list := reflect.MakeSlice(fv.Type(), fv.Len(), fv.Len())
		reflect.Copy(list, fv)
		fv.Set(list)
		for i := range list.Len() {
			if at := list.Index(i); f.kind == kindStructs {
				detach(f.object, at)
			} else {
				at.SetBytes(bytes.Clone(at.Bytes()))
			}
		}
	}
}
