package server

import (
	"cmp"
	"slices"

	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
)

// outbound says how channels are called: with which tokens, and where they may
// go.
func (cfg *Config) outbound() (connector.Config, error) {
	cfg.Hosts.AllowLoopback = cfg.Hosts.AllowLoopback || cfg.anonymous()
	hosts, err := auth.NewHosts(cfg.Hosts)
	if err != nil {
		return connector.Config{}, err
	}
	connections, err := cfg.connections()
	if err != nil {
		return connector.Config{}, err
	}
	return connector.Config{Tokens: connections, Hosts: hosts, AgentName: cfg.AgentName, Logger: cfg.Logger}, nil
}

func (cfg *Config) connections() (*auth.Connections, error) {
	cfg.Connections.Logger = cmp.Or(cfg.Connections.Logger, cfg.Logger)
	return auth.NewConnections(cfg.Connections)
}

// UserTokens is a client of the user-token service for the agent's identities,
// for signin.Config. It trusts cfg.TokenService.
func (cfg Config) UserTokens() (*connector.UserTokens, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	address := cfg.TokenService
	if address == "" && cfg.Validation.IsGov {
		address = connector.TokenServiceGov
	}
	address = cmp.Or(address, connector.TokenServicePublic)
	cfg.Hosts.Hosts = append(slices.Clip(cfg.Hosts.Hosts), address)
	c, err := cfg.outbound()
	if err != nil {
		return nil, err
	}
	return connector.NewUserTokens(c, address)
}

// OnBehalfOf exchanges users' tokens for other scopes with the agent's
// identities, for signin.Config: see [auth.Connections.OnBehalfOf]. In anonymous
// mode every exchange fails.
func (cfg Config) OnBehalfOf() (*auth.Connections, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	return cfg.connections()
}
