# frozen_string_literal: true

require "fileutils"
require_relative "../../spec/support/servers"
require_relative "../../spec/support/wait"

module Bench
  # The servers of a measurement, private and on the loopback interface: Dovecot with Maildir on tmpfs, and Redis.
  # Every run has a mailbox of its own, which nobody has seen before.
  class Place
    # One mailbox: who logs in there, and where it lies.
    Mailbox = Struct.new(:user, :password, :port, :tls, :maildir, :ca_file, keyword_init: true) do
      # The name in the certificate.
      def host = tls ? "localhost" : "127.0.0.1"

      # @return [Hash] settings of a mailbox that say where it is
      def access
        { email: user, password: password, host: host, port: port, ssl: tls, start_tls: false, name: "INBOX",
          idle_timeout: 600 }
      end

      # The size of a folder on tmpfs tells how many files are in it, which costs less than to read it.
      # @return [Boolean]
      def empty?
        %w[new cur].all? { |name| File.stat(File.join(maildir, name)).size <= EMPTY }
      end
    end

    MEMORY = "/dev/shm"
    # What tmpfs says of a folder with nothing in it.
    EMPTY = 40

    # Seconds between two words to a client that idles: Dovecot's own default.
    STILL_HERE = 120

    attr_reader :redis, :dovecot, :certificates

    def initialize
      ENV["TMPDIR"] = MEMORY if File.writable?(MEMORY)
      @certificates = Servers::Certificates.new
      @dovecot = Servers::Dovecot.new(certificate: @certificates.good, still_here: STILL_HERE).start
      @redis = Servers::Redis.new.start
      @users = 0
    end

    # @return [Array(Integer, Integer), nil] whom mail belongs to
    def owner
      Servers::DovecotConfig.root? ? Servers::DovecotConfig.mail_user.then { |user| [user.uid, user.gid] } : nil
    end

    # @param tls [Boolean] whether it is reached over TLS
    # @param port [Integer, nil] of another way to the server
    # @return [Mailbox]
    def mailbox(tls: false, port: nil)
      user = "bench-#{@users += 1}"
      @dovecot.add_user(user, "secret")
      @dovecot.fill(user, [])
      Mailbox.new(user: user, password: "secret", tls: tls, port: port || @dovecot.ports.fetch(tls ? :imaps : :imap),
                  maildir: @dovecot.maildir(user), ca_file: @certificates.ca_file)
    end

    # Takes its memory back.
    def discard(mailbox)
      FileUtils.rm_rf(mailbox.maildir) if mailbox
    end

    def remove
      @dovecot.remove
      @redis.remove
    end
  end
end
