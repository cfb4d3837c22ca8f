# frozen_string_literal: true

require "mail_room"
require "openssl"
require "socket"
require "timeout"

module MailRoom
  class Check
    # A server that takes mail, as the option `--send-via` names it: `smtp[s]://[user@]host[:port]`.
    class Smtp
      include Redaction::Opaque

      # Ports, by the scheme (RFC 5321, section 4.5.4.2; RFC 8314, section 3.3).
      PORTS = { "smtp" => 25, "smtps" => 465 }.freeze

      # User names are often addresses.
      URL = %r{\A(?<scheme>smtps?)://(?:(?<user>[^/\s]+)@)?(?<host>[^\s@:/\[\]]+|\[\h*:[\h:.]*\])(?::(?<port>\d+))?/?\z}

      # The largest number a port can have.
      HIGHEST_PORT = 65_535

      # Nobody else listens there.
      THIS_MACHINE = /\A(?:localhost|127(?:\.\d{1,3}){3}|::1)\z/i

      # Where the password stands: a command line is open to all users of a machine.
      PASSWORD = "SMTP_PASSWORD"

      # Seconds for the connection, and for each answer.
      PATIENCE = 30

      # Seconds for all of it.
      LIMIT = 120

      # The server speaks no SMTP.
      NoServer = Class.new(StandardError)

      # It knows no way to log in.
      NoLogin = Class.new(StandardError)
      private_constant :NoServer, :NoLogin

      # @param url [String]
      # @param env [#[]] has the password
      # @raise [ConfigurationError] when it is no such URL
      def initialize(url, env: ENV)
        parts = parse(url)
        @tls = parts[:scheme] == "smtps"
        @host = parts[:host].delete("[]").force_encoding(Encoding::UTF_8)
        @port = (parts[:port] || PORTS.fetch(parts[:scheme])).to_i
        @user = parts[:user]&.gsub(/%\h\h/n) { |byte| byte[1..].hex.chr }
        @password = env[PASSWORD].to_s.b # whatever the locale takes it for
        return if @user.nil? || !@password.empty?

        raise ConfigurationError, "--send-via names a user: put the password into the environment, as #{PASSWORD}"
      end

      # @return [String] for people
      def to_s
        "#{@host}:#{@port}"
      end

      # @param message [String] RFC 5322
      # @param from [String] the envelope's sender
      # @param to [String]
      # @return [Finding, nil] what went wrong; nil when the server has taken it
      def deliver(message, from:, to:)
        require "net/smtp"
        Timeout.timeout(LIMIT) { session { |smtp| smtp.send_message(message, from, to) } }
        nil
      rescue LoadError
        problem("the gem net-smtp, which Ruby brings, is not to be found", advice_on_gems)
      rescue Net::SMTPError, NoServer, NoLogin, IOError, SystemCallError, SocketError, OpenSSL::SSL::SSLError,
             Timeout::Error, ArgumentError, EncodingError => error
        problem(told(error), advice(error))
      end

      private

      def parse(url)
        parts = URL.match(url.b)
        if parts.nil? || parts[:port].to_i > HIGHEST_PORT
          raise ConfigurationError, "--send-via must be smtp[s]://[user@]host[:port]"
        end
        return parts unless parts[:user]&.include?(":")

        raise ConfigurationError, "--send-via must not have the password: put it into the environment, as #{PASSWORD}"
      end

      # A password goes nowhere without TLS, but to this machine itself.
      def session
        smtp = Net::SMTP.new(@host, @port, tls: @tls, starttls: starttls,
                                           ssl_context_params: { cert_store: authorities, verify_mode: verification })
        smtp.open_timeout = smtp.read_timeout = PATIENCE
        greet(smtp)
        log_in(smtp) if @user
        yield smtp
        leave(smtp)
      end

      # An answer without a number comes from a server for something else, such as IMAP.
      def greet(smtp)
        smtp.start(helo: Socket.gethostname)
      rescue Net::SMTPUnknownError => error
        raise NoServer, error.message
      end

      # A server that lets nobody in does not know the command (RFC 5321, section 4.2.4); net-smtp tells that as a
      # password that is wrong, or as a message that was refused.
      def log_in(smtp)
        smtp.authenticate(@user, @password, smtp.capable_plain_auth? ? :plain : :login)
      rescue Net::SMTPError => error
        raise error.message.start_with?("50") ? NoLogin.new(error.message) : error
      end

      # What was taken is taken. After an error, or when the process is to end, nobody waits for an answer to QUIT.
      def leave(smtp)
        smtp.finish
      rescue Net::SMTPError, IOError, SystemCallError, OpenSSL::SSL::SSLError, Timeout::Error
        nil
      end

      # Those of the system, or of SSL_CERT_FILE and SSL_CERT_DIR.
      def authorities
        OpenSSL::X509::Store.new.tap(&:set_default_paths)
      end

      def starttls
        return false if @tls

        @user && !@host.match?(THIS_MACHINE) ? :always : :auto
      end

      # Whoever would send without TLS, too, loses nothing by TLS with anybody (RFC 7435, section 3): many servers show
      # a certificate that they made themselves, as Postfix does on Debian.
      def verification
        @tls || @user ? OpenSSL::SSL::VERIFY_PEER : OpenSSL::SSL::VERIFY_NONE
      end

      def problem(detail, advice = nil)
        Finding.no("sending", detail, advice)
      end

      def advice_on_gems
        return "Add it to the Gemfile, or run mail_room without bundle exec" if defined?(Bundler)

        "Install it, or see whether GEM_PATH leaves out Ruby's own gems"
      end

      def told(error)
        text = Printable.line(redacted(error.message.b))
        "#{self}: #{error.is_a?(Timeout::Error) && text.empty? ? 'no answer in time' : text}"
      end

      # A server may repeat what it was sent, or a part of it, as it came: in Base64 (RFC 4954, section 4).
      def redacted(bytes)
        return bytes if @password.empty?

        encoded = [@password, "\0#{@user}\0#{@password}"].map { |text| Regexp.escape([text].pack("m0")[0, 4]) }
        bytes.gsub(@password, Redaction::MARK).gsub(%r{(?:#{encoded.join('|')})[A-Za-z0-9+/=]*}n, Redaction::MARK)
      end

      def advice(error)
        case error
        when Net::SMTPAuthenticationError then "Check the user of --send-via, and #{PASSWORD}"
        when Net::SMTPUnsupportedCommand
          "A password goes nowhere without TLS: name a port that offers STARTTLS, such as 587, or smtps://"
        when NoServer then "This is no SMTP server: check host and port of --send-via"
        when NoLogin then "Nobody can log in there: leave the user out, or name the port for that, often 587"
        when Net::SMTPError then "The server did not take it: perhaps it wants another sender (--from), or a user"
        when OpenSSL::SSL::SSLError
          "smtps:// is for ports that begin with TLS, such as 465; SSL_CERT_FILE names authorities to trust"
        when Timeout::Error
          "Check host and port of --send-via; smtps:// is for ports that begin with TLS, such as 465"
        else "Check host and port of --send-via"
        end
      end
    end
  end
end
