package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/authority"
	"github.com/outspoken-go/outspoken/storage"
)

// authority makes what stands in for Microsoft's login service.
func (p *play) authority(ctx context.Context, base string, store storage.Store) (*authority.Authority, error) {
	key, err := loadKey(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("the key that signs tokens: %w", err)
	}
	who, err := authority.New(authority.Config{
		BaseURL: base, ClientID: p.clientID, ClientSecret: p.clientSecret, TenantID: p.tenant(), Key: key,
	})
	if err != nil {
		return nil, errUsage{err}
	}
	return who, nil
}

func (p *play) tenant() string { return cmp.Or(p.tenantID, "botframework.com") }

const keyOfAuthority = "authority/key"

// loadKey keeps the key in the store, so that the tokens that an agent holds
// stay good when the channel is started again.
func loadKey(ctx context.Context, store storage.Store) (*rsa.PrivateKey, error) {
	items, err := store.Read(ctx, keyOfAuthority)
	if err != nil {
		return nil, err
	}
	if item, ok := items[keyOfAuthority]; ok {
		var der []byte
		if err := json.Unmarshal(item.Value, &der); err != nil {
			return nil, err
		}
		return x509.ParsePKCS1PrivateKey(der)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(x509.MarshalPKCS1PrivateKey(key))
	if err != nil {
		return nil, err
	}
	_, err = store.Write(ctx, map[string]storage.Item{keyOfAuthority: {Value: value}})
	return key, err
}
