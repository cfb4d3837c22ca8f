# frozen_string_literal: true

require "openssl"
require "socket"
require_relative "connection"

module Servers
  class Graph
    # HTTP/1.1 on a port of the loopback interface, a thread for each connection. WEBrick would cost 40 ms for each
    # request, as it leaves Nagle's algorithm on.
    class Listener
      # @param port [Integer]
      # @param certificate [Certificates::Pair, nil] for HTTPS
      # @yieldparam request [Request]
      # @yieldparam give [Proc] to be called with the answer
      def initialize(port, certificate, &service)
        @port = port
        @certificate = certificate
        @service = service
        @lock = Mutex.new
        @connections = {}
      end

      def start
        @server = TCPServer.new("127.0.0.1", @port)
        @acceptor = Thread.new { loop { take(@server.accept) } }
        @acceptor.report_on_exception = false
      end

      def stop
        @acceptor&.kill&.join
        @server&.close
        @server = @acceptor = nil
        threads = @lock.synchronize { @connections.keys }
        threads.each(&:kill).each(&:join)
      end

      # Closes all connections, the idle ones too.
      def cut
        @lock.synchronize { @connections.values }.each { |socket| close(socket) }
      end

      # @return [Integer] how many connections are open
      def open
        @lock.synchronize { @connections.size }
      end

      private

      def take(client)
        client.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
        @lock.synchronize do
          thread = Thread.new { serve(client) }
          thread.report_on_exception = false
          @connections[thread] = client
        end
      end

      def serve(client)
        Connection.new(encrypted(client), &@service).serve
      rescue IOError, SystemCallError, OpenSSL::SSL::SSLError
        nil # the client has gone, or does not trust us
      ensure
        close(client)
        @lock.synchronize { @connections.delete(Thread.current) }
      end

      def encrypted(client)
        return client unless @certificate

        OpenSSL::SSL::SSLSocket.new(client, context).tap { |socket| socket.sync = true }.accept
      end

      def context
        @lock.synchronize do
          @context ||= OpenSSL::SSL::SSLContext.new.tap do |context|
            context.cert = OpenSSL::X509::Certificate.new(File.read(@certificate.certificate))
            context.key = OpenSSL::PKey.read(File.read(@certificate.key))
          end
        end
      end

      def close(socket)
        socket.close
      rescue IOError, SystemCallError
        nil
      end
    end
  end
end
