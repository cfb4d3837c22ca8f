# frozen_string_literal: true

require "cgi"
require "json"
require "redis"
require_relative "server"

module Servers
  # A private redis-server on a unix socket and a port of its own.
  #
  #   redis = Servers::Redis.new(password: "secret").start
  #   redis.url          # => "redis://:secret@127.0.0.1:23456"
  #   redis.jobs         # => [{ "class" => "EmailReceiverWorker", ... }]
  #   redis.stop
  class Redis < Server
    attr_reader :port, :tls_port

    # @param password [String, nil] the password of Redis' default user
    # @param user [Hash, nil] an ACL user besides, as name: and password:
    # @param certificate [Certificates::Pair, nil] offers TLS when given
    # @param append_only [Boolean] keeps the data over a restart
    def initialize(password: nil, user: nil, certificate: nil, append_only: false)
      super()
      # redis-server stays who it is started as, so the folder needs no other to enter.
      @folder = Folder.new("redis")
      @port = Ports.free
      @tls_port = Ports.free if certificate
      @password = password
      @user = user
      @config = @folder.write("redis.conf", config(certificate, append_only))
    end

    # @return [self]
    def start
      @process = Process.new("redis-server", @config, output: @folder.join("redis.log"))
      @process.start
      # Loading an append-only file takes a moment in which the port is open already.
      @process.wait_until(15, "redis-server on port #{@port}") { answering? }
      self
    end

    def stop
      disconnect
      super
    end

    def remove
      disconnect
      super
    end

    # @param db [Integer, nil]
    # @return [String]
    def url(db: nil)
      with_db("redis://#{credentials}127.0.0.1:#{@port}", db)
    end

    # @return [String] the same over TLS; by name, as the certificate is made for a name
    def tls_url(db: nil)
      with_db("rediss://#{credentials}localhost:#{@tls_port}", db)
    end

    # @return [String] the same over the unix socket, as GitLab writes it
    def socket_url(db: nil)
      db ? "unix:#{socket}?db=#{db}" : "unix:#{socket}"
    end

    def socket
      @folder.join("redis.sock")
    end

    # @param db [Integer]
    # @return [::Redis] connected as the default user
    def client(db: 0)
      @client ||= ::Redis.new(path: socket, password: @password, reconnect_attempts: 0)
      @client.tap { |client| client.select(db) }
    end

    # @return [Array<Hash>] the jobs of a Sidekiq queue, oldest first
    def jobs(queue = "default", db: 0)
      raw_jobs(queue, db: db).map { |text| JSON.parse(text) }
    end

    # @return [Array<String>] the same as they lie in Redis
    def raw_jobs(queue = "default", db: 0)
      client(db: db).lrange("queue:#{queue}", 0, -1).reverse.map { |text| text.force_encoding(Encoding::UTF_8) }
    end

    def job_count(queue = "default", db: 0)
      client(db: db).llen("queue:#{queue}")
    end

    # Forgets all data.
    def clear
      client.flushall
    end

    private

    def disconnect
      @client&.close
      @client = nil
    end

    def config(certificate, append_only)
      <<~CONF
        bind 127.0.0.1
        port #{@port}
        unixsocket #{socket}
        unixsocketperm 700
        dir #{@folder.path}
        save ""
        appendonly #{append_only ? 'yes' : 'no'}
        #{"requirepass #{@password}" if @password}
        #{"user #{@user[:name]} on >#{@user[:password]} ~* &* +@all" if @user}
        #{tls(certificate) if certificate}
      CONF
    end

    def tls(certificate)
      <<~CONF
        tls-port #{@tls_port}
        tls-cert-file #{certificate.certificate}
        tls-key-file #{certificate.key}
        tls-auth-clients no
      CONF
    end

    def answering?
      client.ping == "PONG"
    rescue ::Redis::BaseError
      disconnect
      false
    end

    def credentials
      if @user
        "#{@user[:name]}:#{CGI.escape(@user[:password])}@"
      elsif @password
        ":#{CGI.escape(@password)}@"
      end
    end

    def with_db(url, db)
      db ? "#{url}/#{db}" : url
    end
  end
end
