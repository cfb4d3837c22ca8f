# frozen_string_literal: true

require "cgi"
require "json"
require "redis"
require_relative "redis_config"
require_relative "redis_tls"
require_relative "server"

module Servers
  # A private redis-server on a unix socket and a port of its own.
  #
  #   redis = Servers::Redis.new(password: "secret").start
  #   redis.url          # => "redis://:secret@127.0.0.1:23456"
  #   redis.jobs         # => [{ "class" => "EmailReceiverWorker", ... }]
  #   redis.stop
  class Redis < Server
    attr_reader :port

    # @param password [String, nil] the password of Redis' default user
    # @param user [Hash, nil] an ACL user besides, as name: and password:
    # @param certificate [Certificates::Pair, nil] offers TLS when given
    # @param tls [Hash] how, see RedisTls
    # @param plain [Boolean] whether it listens without TLS too
    # @param append_only [Boolean] keeps the data over a restart
    # @param replica_of [Redis, nil] a master with the same password and the same way to speak TLS
    # @param ill [Boolean] may be made to misbehave, see RedisConfig
    def initialize(password: nil, user: nil, certificate: nil, tls: {}, plain: true, append_only: false,
                   replica_of: nil, ill: false)
      super()
      # redis-server stays who it is started as, so the folder needs no other to enter.
      @folder = Folder.new("redis")
      @port = plain ? Ports.free : 0
      @tls = RedisTls.new(port: Ports.free, certificate: certificate, **tls) if certificate
      @password = password
      @user = user
      config = RedisConfig.new(folder: @folder, port: @port, tls: @tls, password: password, user: user,
                               append_only: append_only, replica_of: replica_of, ill: ill)
      @config = @folder.write("redis.conf", config.to_s)
    end

    # @return [self]
    def start
      @process = Process.new("redis-server", @config, output: @folder.join("redis.log"))
      @process.start
      # Loading an append-only file takes a moment in which the port is open already.
      @process.wait_until(15, "redis-server at #{socket}") { answering? }
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

    # As a crash. The data is gone unless it is append-only.
    def kill
      disconnect
      @process&.kill
      @process = nil
    end

    # @return [Integer, nil]
    def tls_port
      @tls&.port
    end

    # @return [Integer] where replicas and sentinels reach it
    def replication_port
      @port.zero? ? tls_port : @port
    end

    # @param db [Integer, nil]
    # @return [String]
    def url(db: nil)
      with_db("redis://#{credentials}127.0.0.1:#{@port}", db)
    end

    # @return [String] the same over TLS; by name, as the certificate is made for a name
    def tls_url(db: nil)
      with_db("rediss://#{credentials}localhost:#{tls_port}", db)
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

    # @return [Hash{String => String}] what it says of its role; nothing while it changes, as it drops its clients then
    def replication
      client.info("replication")
    rescue ::Redis::BaseError
      disconnect
      {}
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
