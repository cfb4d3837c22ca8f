# frozen_string_literal: true

require "etc"

module Servers
  # The text of a dovecot.conf for Dovecot 2.3 that keeps to one folder and asks for no right it does not need.
  class DovecotConfig
    # What Dovecot 2.3 offers after login, without the extensions that no client here knows.
    CAPABILITIES = %w[
      IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT UNSELECT CHILDREN NAMESPACE UIDPLUS CONDSTORE QRESYNC
      ESEARCH SEARCHRES WITHIN LIST-STATUS MOVE LITERAL+ SPECIAL-USE
    ].freeze

    # @param folder [Folder]
    # @param ports [Hash{Symbol => Integer}] :imap and, with a certificate, :imaps
    # @param certificate [Certificates::Pair, nil] offers STARTTLS and TLS when given
    # @param without [Array<String>] capabilities that are not announced
    def initialize(folder:, ports:, certificate: nil, without: [])
      @folder = folder
      @ports = ports
      @certificate = certificate
      @without = without
    end

    # @return [String]
    def to_s
      [general, accounts, listeners, tls, capabilities, rights].compact.join("\n")
    end

    # The user mail belongs to. Dovecot serves no mail as root.
    # @return [Etc::Passwd]
    def self.mail_user
      root? ? Etc.getpwnam("mail") : Etc.getpwuid
    end

    def self.root?
      ::Process.euid.zero?
    end

    private

    # imap_idle_notify_interval: the "still here" lines while idling come so often that a client which takes them for a
    # reason to go on idling for ever shows in the specs. mail_fsync: nothing here has to survive a power cut.
    def general
      <<~CONF
        protocols = imap
        listen = 127.0.0.1
        base_dir = #{@folder.join('run')}
        state_dir = #{@folder.join('run')}
        log_path = #{@folder.join('dovecot.log')}
        rawlog_dir = #{@folder.join('rawlog')}/%u
        mail_location = maildir:#{@folder.join('mail')}/%u
        mail_fsync = never
        mail_max_userip_connections = 0
        imap_idle_notify_interval = 2 s
        mailbox_idle_check_interval = 1 s
      CONF
    end

    # One passwd-file per user: Dovecot would look at a common one once a second at most, and miss a new user.
    def accounts
      user = self.class.mail_user
      <<~CONF
        auth_mechanisms = plain login
        auth_failure_delay = 0
        disable_plaintext_auth = no
        passdb {
          driver = passwd-file
          args = scheme=PLAIN username_format=%u #{@folder.join('users')}/%u
        }
        userdb {
          driver = static
          args = uid=#{user.uid} gid=#{user.gid} home=#{@folder.join('mail')}/%u
        }
        first_valid_uid = 1
        service anvil {
          # Without this socket a wrong password makes the next logins from the same address wait.
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }
      CONF
    end

    def listeners
      <<~CONF
        service imap-login {
          service_count = 0
          inet_listener imap {
            port = #{@ports.fetch(:imap)}
          }
          inet_listener imaps {
            port = #{@certificate ? @ports.fetch(:imaps) : 0}
            ssl = yes
          }
        }
        service imap {
          process_limit = 1024
        }
      CONF
    end

    def tls
      return "ssl = no" unless @certificate

      <<~CONF
        ssl = yes
        ssl_cert = <#{@certificate.certificate}
        ssl_key = <#{@certificate.key}
      CONF
    end

    def capabilities
      "imap_capability = #{(CAPABILITIES - @without).join(' ')}" unless @without.empty?
    end

    # Without root every part runs as ourselves, and nobody can chroot.
    def rights
      return if self.class.root?

      user = Etc.getpwuid
      unrooted = %w[imap-login anvil stats].map { |service| "service #{service} {\n  chroot =\n}" }
      <<~CONF
        default_internal_user = #{user.name}
        default_internal_group = #{Etc.getgrgid(user.gid).name}
        default_login_user = #{user.name}
        #{unrooted.join("\n")}
      CONF
    end
  end
end
