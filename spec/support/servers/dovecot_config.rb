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

    # Whoever comes to this address of the machine is told by another one, and so no client of the same machine, which
    # Dovecot lets send passwords whatever it is told.
    STRANGER = "127.0.0.2"

    # @param folder [Folder]
    # @param ports [Hash{Symbol => Integer}] :imap, with a certificate :imaps, and :lmtp when it is to take mail
    # @param certificate [Certificates::Pair, nil] offers STARTTLS and TLS when given
    # @param without [Array<String>] capabilities that are not announced
    # @param mechanisms [Array<String>] for AUTHENTICATE
    # @param plaintext [Boolean] whether passwords are taken without TLS
    # @param introspection [String, nil] the URL that knows access tokens (RFC 7662), for XOAUTH2 and OAUTHBEARER
    # @param acl [String, nil] who has which rights in all mailboxes (RFC 4314), such as `owner lrwsipe`
    # @param still_here [Integer] seconds between two words to a client that idles
    def initialize(folder:, ports:, certificate: nil, without: [], mechanisms: %w[plain login], plaintext: true,
                   introspection: nil, acl: nil, still_here: 2)
      @folder = folder
      @ports = ports
      @certificate = certificate
      @without = without
      @mechanisms = mechanisms
      @plaintext = plaintext
      @introspection = introspection && write_introspection(introspection)
      @still_here = still_here
      @acl = acl && folder.write("acl", "* #{acl}\n", mode: 0o644)
    end

    # @return [String]
    def to_s
      [general, accounts, acl, listeners, lmtp, tls, capabilities, rights].compact.join("\n")
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
        protocols = imap #{'lmtp' if @ports[:lmtp]}
        listen = 127.0.0.1, #{STRANGER}
        base_dir = #{@folder.join('run')}
        state_dir = #{@folder.join('run')}
        log_path = #{@folder.join('dovecot.log')}
        rawlog_dir = #{@folder.join('rawlog')}/%u
        mail_location = maildir:#{@folder.join('mail')}/%u
        mail_fsync = never
        mail_max_userip_connections = 0
        imap_idle_notify_interval = #{@still_here} s
        mailbox_idle_check_interval = 1 s
      CONF
    end

    # One passwd-file per user: Dovecot would look at a common one once a second at most, and miss a new user.
    def accounts
      user = self.class.mail_user
      <<~CONF
        auth_mechanisms = #{@mechanisms.join(' ')}
        auth_failure_delay = 0
        disable_plaintext_auth = #{@plaintext ? 'no' : 'yes'}
        #{tokens}
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

    def acl
      return unless @acl

      <<~CONF
        mail_plugins = acl
        plugin {
          acl = vfile:#{@acl}
        }
      CONF
    end

    def tokens
      return unless @introspection

      <<~CONF
        passdb {
          driver = oauth2
          mechanisms = xoauth2 oauthbearer
          args = #{@introspection}
        }
      CONF
    end

    def write_introspection(url)
      @folder.write("oauth2.conf", <<~CONF, mode: 0o644)
        introspection_mode = post
        introspection_url = #{url}
        username_attribute = username
        active_attribute = active
        active_value = true
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

    # Mail for incoming+key@gitlab.example.com is the user incoming's, and goes into INBOX; what it was addressed to
    # stands in Delivered-To.
    def lmtp
      return unless @ports[:lmtp]

      <<~CONF
        recipient_delimiter = +
        lmtp_save_to_detail_mailbox = no
        lmtp_hdr_delivery_address = final
        postmaster_address = postmaster@example.com
        protocol lmtp {
          auth_username_format = %Ln
        }
        service lmtp {
          inet_listener lmtp {
            address = 127.0.0.1
            port = #{@ports.fetch(:lmtp)}
          }
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
