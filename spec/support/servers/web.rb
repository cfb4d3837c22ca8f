# frozen_string_literal: true

require "openssl"
require "webrick"
require "webrick/https"
require_relative "../wait"
require_relative "ports"

module Servers
  # A web application on a free port: records what it is sent, and answers as it is told.
  #
  #   web = Servers::Web.new.start
  #   web.answer(status: 500)                   # the next request; those after it get a 200
  #   web.decide { |request| { status: 400 } }  # every request that no answer was laid ready for
  #   web.requests.last.body
  #
  # An answer is a Hash: `status`, `headers`, `body`, `delay` in seconds, and `hang_up`: `:first` to close the
  # connection without an answer, `:midway` to close it in the middle of the body.
  class Web
    # One request as it came in; names of headers in lower case, `body` binary, `port` that of the client's socket.
    Request = Struct.new(:verb, :path, :headers, :body, :port, keyword_init: true)

    # What GitLab answers.
    ACCEPTED = { status: 200, headers: { "Content-Type" => "application/json" }, body: '{"success":true}' }.freeze

    STOP_LIMIT = 10

    # WEBrick's server with our service.
    class Listener < WEBrick::HTTPServer
      def initialize(service, config)
        @service = service
        super(config)
      end

      def service(request, response)
        @service.call(request, response)
      end

      # Ends a delay when the server is to stop.
      def running?
        @status == :Running
      end
    end

    attr_reader :port

    # @param certificate [Certificates::Pair, nil] for HTTPS
    def initialize(certificate: nil)
      @port = Ports.free
      @certificate = certificate
      @lock = Mutex.new
      @requests = []
      @answers = []
      @decide = ->(_request) { ACCEPTED }
      @active = 0
    end

    # @return [self]
    def start
      @server = Listener.new(method(:serve), config)
      @thread = Thread.new { @server.start }
      Wait.until(STOP_LIMIT, what: "the web server to listen") { Ports.open?(@port) }
      self
    end

    # Connections that still wait for a request are closed.
    def stop
      @server&.shutdown
      @thread&.join(STOP_LIMIT) || @thread&.kill
      @server = @thread = nil
    end

    alias remove stop

    # @return [String]
    def url(path = "/hook", host: @certificate ? "localhost" : "127.0.0.1")
      "#{@certificate ? 'https' : 'http'}://#{host}:#{@port}#{path}"
    end

    # Lays answers ready for the next requests.
    def answer(*answers)
      @lock.synchronize { @answers.concat(answers) }
    end

    # @yieldparam request [Request]
    # @yieldreturn [Hash] the answer
    def decide(&block)
      @lock.synchronize { @decide = block }
    end

    # @return [Array<Request>] in the order they came in
    def requests
      @lock.synchronize { @requests.dup }
    end

    # Drops what was recorded so far, for those who keep what they need.
    def forget
      @lock.synchronize { @requests.clear }
    end

    # @return [Integer] how many requests are being worked on
    def active
      @lock.synchronize { @active }
    end

    private

    def config
      config = { BindAddress: "127.0.0.1", Port: @port, AccessLog: [], Logger: WEBrick::Log.new(File::NULL) }
      return config unless @certificate

      config.merge(SSLEnable: true,
                   SSLCertificate: OpenSSL::X509::Certificate.new(File.read(@certificate.certificate)),
                   SSLPrivateKey: OpenSSL::PKey.read(File.read(@certificate.key)))
    end

    def serve(request, response)
      recorded = record(request)
      answer = @lock.synchronize { @answers.shift } || @decide.call(recorded)
      wait(answer.fetch(:delay, 0))
      give(answer, response)
    ensure
      @lock.synchronize { @active -= 1 }
    end

    def record(request)
      headers = request.header.transform_values { |values| values.join(", ") }
      recorded = Request.new(verb: request.request_method, path: request.unparsed_uri, headers: headers,
                             body: request.body.to_s.b, port: request.peeraddr[1])
      @lock.synchronize do
        @active += 1
        @requests << recorded
      end
      recorded
    end

    def wait(seconds)
      deadline = Wait.now + seconds
      sleep 0.05 while Wait.now < deadline && @server&.running?
    end

    def give(answer, response)
      return hang_up(response) if answer[:hang_up] == :first

      response.status = answer.fetch(:status, 200)
      answer.fetch(:headers, {}).each { |name, value| response[name] = value }
      response.body = answer.fetch(:body, "")
      break_off(response) if answer[:hang_up] == :midway
    end

    # WEBrick finds the socket closed when it wants to answer, and goes on to the next.
    def hang_up(response)
      response.keep_alive = false
      Thread.current[:WEBrickSocket].close
    end

    def break_off(response)
      beginning = response.body
      response.keep_alive = false
      response["Content-Length"] = beginning.bytesize + 1000
      response.body = lambda do |socket|
        socket.write(beginning)
        socket.close
      end
    end
  end
end
