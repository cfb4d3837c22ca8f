# frozen_string_literal: true

require "webrick"
require "webrick/httpproxy"
require_relative "../wait"
require_relative "ports"

module Servers
  # A forward proxy on a free port, for plain requests and for CONNECT. It knows hosts that no resolver knows, as the
  # proxy of a closed network does, and records what it was asked for.
  class Proxy
    STOP_LIMIT = 10

    # WEBrick's proxy with names, passwords and a memory.
    class Listener < WEBrick::HTTPProxyServer
      attr_reader :asked

      def initialize(hosts, credentials, config)
        @hosts = hosts
        @expected = credentials && "Basic #{[credentials].pack('m0')}"
        @asked = Queue.new
        super(config)
      end

      def service(request, response)
        @asked << "#{request.request_method} #{request.unparsed_uri}"
        super
      end

      def proxy_auth(request, response)
        if @expected && request["proxy-authorization"] != @expected
          response["Proxy-Authenticate"] = "Basic realm=\"proxy\""
          raise WEBrick::HTTPStatus::ProxyAuthenticationRequired
        end
        super
        resolve(request)
      end

      private

      def resolve(request)
        if request.request_method == "CONNECT"
          port = @hosts[request.unparsed_uri[/\A[^:]+/]]
          request.instance_variable_set(:@unparsed_uri, "127.0.0.1:#{port}") if port
        elsif (port = @hosts[request.request_uri.host])
          request.request_uri.host = "127.0.0.1"
          request.request_uri.port = port
        end
      end
    end

    attr_reader :port

    # @param hosts [Hash{String => Integer}] names and the local ports behind them
    # @param credentials [String, nil] `user:password` that clients must have
    def initialize(hosts, credentials: nil)
      @hosts = hosts
      @credentials = credentials
      @port = Ports.free
    end

    # @return [self]
    def start
      config = { BindAddress: "127.0.0.1", Port: @port, AccessLog: [], Logger: WEBrick::Log.new(File::NULL) }
      @server = Listener.new(@hosts, @credentials, config)
      @thread = Thread.new { @server.start }
      Wait.until(STOP_LIMIT, what: "the proxy to listen") { Ports.open?(@port) }
      self
    end

    def stop
      @server&.shutdown
      @thread&.join(STOP_LIMIT) || @thread&.kill
    end

    alias remove stop

    # @return [String] with user and password, where it wants them
    def url(credentials = @credentials)
      "http://#{"#{credentials}@" if credentials}127.0.0.1:#{@port}"
    end

    # @return [Array<String>] method and target of each request
    def asked
      Array.new(@server.asked.size) { @server.asked.pop }.each { |line| @server.asked << line }
    end
  end
end
