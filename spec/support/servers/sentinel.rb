# frozen_string_literal: true

require "redis"
require_relative "redis_tls"
require_relative "server"

module Servers
  # One private sentinel, which is redis-server in another role.
  class Sentinel < Server
    # @param watched [String] the lines of its configuration that say whom it watches and how
    # @param password [String, nil] of its default user, for us and among the sentinels
    # @param user [Hash, nil] an ACL user besides, as name: and password:
    # @param certificate [Certificates::Pair, nil] makes it speak TLS, and nothing else
    # @param ca_file [String, nil] the authority of the servers it watches
    def initialize(watched, password: nil, user: nil, certificate: nil, ca_file: nil)
      super()
      @folder = Folder.new("sentinel")
      @port = Ports.free
      @password = password
      @user = user
      @tls = RedisTls.new(port: @port, certificate: certificate, ca_file: ca_file, replication: true) if certificate
      # It keeps what it learns in its configuration file.
      @config = @folder.write("sentinel.conf", config + watched)
    end

    attr_reader :port

    # @return [self]
    def start
      @process = Process.new("redis-server", @config, "--sentinel", output: @folder.join("sentinel.log"))
      @process.start
      @process.wait_until(15, "a sentinel on port #{@port}") { answering? }
      self
    end

    def remove
      @client&.close
      super
    end

    # @return [Array, Hash, String] the answer to SENTINEL
    def ask(*command)
      client.call(["SENTINEL", *command])
    end

    # @return [Array(String, String)] address and port of the master as this sentinel knows it
    def master(name)
      ask("GET-MASTER-ADDR-BY-NAME", name)
    end

    # @return [Hash{String => String}] all this sentinel knows of the master
    def details(name)
      ask("MASTER", name).each_slice(2).to_h
    end

    # @return [String] the end of its log
    def tail
      @process.tail
    end

    private

    def client
      @client ||= ::Redis.new(path: socket, password: @password, reconnect_attempts: 1)
    end

    def answering?
      client.ping == "PONG"
    rescue ::Redis::BaseError
      false
    end

    def socket
      @folder.join("sentinel.sock")
    end

    def config
      <<~CONF
        bind 127.0.0.1
        port #{@tls ? 0 : @port}
        unixsocket #{socket}
        unixsocketperm 700
        dir #{@folder.path}
        #{"requirepass #{@password}\nsentinel sentinel-pass #{@password}" if @password}
        #{"user #{@user[:name]} on >#{@user[:password]} ~* &* +@all" if @user}
        #{@tls}
      CONF
    end
  end
end
