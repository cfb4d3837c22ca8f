# frozen_string_literal: true

require "openssl"
require "socket"
require_relative "../wait"
require_relative "ports"

module Servers
  # Takes mail on a port of its own as far as it is told to, and keeps what it was sent.
  #
  #   smtp = Servers::Smtp.new(answers: { "RCPT" => "550 5.1.1 nobody" }).start
  #   smtp.mails     # => ["Date: ...\r\n"]
  #   smtp.commands  # => ["EHLO host", "MAIL FROM:<a@example.com>", ...]
  class Smtp
    # What is said to a command unless something else was asked for.
    ANSWERS = { "AUTH" => "235 2.7.0 Accepted", "DATA" => "354 Go ahead", "QUIT" => "221 2.0.0 Bye" }.freeze

    attr_reader :port, :commands, :mails

    # @param certificate [Certificates::Pair, nil] for TLS
    # @param tls [Symbol] `:first`, from the first byte, or `:starttls`
    # @param extensions [Array<String>] that EHLO tells of
    # @param answers [Hash{String => String, nil}] to commands, by their first word; nil ends the connection
    # @param greeting [String] what is said first
    def initialize(certificate: nil, tls: :starttls, extensions: [], answers: {}, greeting: "220 mx.example.com ESMTP")
      @port = Ports.free
      @certificate = certificate
      @tls_first = tls == :first
      @extensions = extensions
      @answers = ANSWERS.merge(answers)
      @greeting = greeting
      @commands = []
      @mails = []
    end

    # @return [self]
    def start
      @server = TCPServer.new("127.0.0.1", @port)
      @thread = Thread.new { loop { serve(@server.accept) } }
      self
    end

    def remove
      @thread&.kill&.join
      @server&.close
    end

    private

    def serve(socket)
      socket = secure(socket) if @certificate && @tls_first
      say(socket, @greeting)
      while (line = socket.gets("\r\n")&.chomp)
        @commands << line
        socket = answer(socket, line.split(/[ :]/).first.upcase) || break
      end
    rescue IOError, SystemCallError, OpenSSL::SSL::SSLError
      nil # the client went away, as some examples want it
    ensure
      socket&.close
    end

    def answer(socket, word)
      case word
      when "EHLO" then greet(socket)
      when "STARTTLS" then return say(socket, "220 2.0.0 Ready") && secure(socket)
      else say(socket, @answers.fetch(word, "250 2.0.0 OK")) || return
      end
      take(socket) if word == "DATA" && @answers["DATA"].start_with?("354")
      socket
    end

    def greet(socket)
      secured = socket.is_a?(OpenSSL::SSL::SSLSocket)
      *lines, last = "mx.example.com", *@extensions, *("STARTTLS" if @certificate && !secured)
      say(socket, [*lines.map { |text| "250-#{text}" }, "250 #{last}"].join("\r\n"))
    end

    def take(socket)
      mail = +""
      while (line = socket.gets("\r\n")) && line != ".\r\n"
        mail << line
      end
      @mails << mail
      say(socket, "250 2.0.0 Queued")
    end

    def say(socket, text)
      return unless text

      socket.write("#{text}\r\n")
      true
    end

    def secure(socket)
      context = OpenSSL::SSL::SSLContext.new
      context.cert = OpenSSL::X509::Certificate.new(File.read(@certificate.certificate))
      context.key = OpenSSL::PKey.read(File.read(@certificate.key))
      OpenSSL::SSL::SSLSocket.new(socket, context).tap { |secured| secured.sync_close = true }.accept
    end
  end
end
