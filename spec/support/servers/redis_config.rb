# frozen_string_literal: true

module Servers
  # The configuration file of a private redis-server.
  class RedisConfig
    # @param folder [Folder]
    # @param port [Integer] 0 for none
    # @param tls [RedisTls, nil]
    # @param password [String, nil] of Redis' default user
    # @param user [Hash, nil] an ACL user besides, as name: and password:
    # @param append_only [Boolean]
    # @param replica_of [Redis, nil]
    # @param ill [Boolean] may be made to misbehave: DEBUG, and settings that are protected otherwise
    def initialize(folder:, port:, tls: nil, password: nil, user: nil, append_only: false, replica_of: nil, ill: false)
      @folder = folder
      @port = port
      @tls = tls
      @password = password
      @user = user
      @append_only = append_only
      @replica_of = replica_of
      @ill = ill
    end

    # @return [String]
    def to_s
      [base, access, @tls&.to_s, replication, freedom].compact.join
    end

    private

    def base
      <<~CONF
        bind 127.0.0.1
        port #{@port}
        unixsocket #{@folder.join('redis.sock')}
        unixsocketperm 700
        dir #{@folder.path}
        save ""
        appendonly #{@append_only ? 'yes' : 'no'}
      CONF
    end

    # A master may become a replica, and then needs the password of those that were its replicas.
    def access
      <<~CONF
        #{"requirepass #{@password}\nmasterauth #{@password}" if @password}
        #{"user #{@user[:name]} on >#{@user[:password]} ~* &* +@all" if @user}
      CONF
    end

    def freedom
      "enable-debug-command yes\nenable-protected-configs yes\n" if @ill
    end

    # Without a delay for others to join, and noticing the end of a master soon.
    def replication
      <<~CONF
        repl-diskless-sync-delay 0
        repl-timeout 5
        #{"replicaof 127.0.0.1 #{@replica_of.replication_port}" if @replica_of}
      CONF
    end
  end
end
