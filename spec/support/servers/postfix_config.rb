# frozen_string_literal: true

module Servers
  # The files of a Postfix 3.6 or newer that keeps to one folder.
  class PostfixConfig
    # Which of its services are there, and with how many processes at most. None in a chroot, which would have to be
    # furnished first. Nothing leaves this machine: there is no smtp, and no local delivery.
    SERVICES = <<~CONF
      postlog   unix-dgram n - n - 1 postlogd
      cleanup   unix  n - n - 0 cleanup
      qmgr      unix  n - n 300 1 qmgr
      tlsmgr    unix  - - n 1000? 1 tlsmgr
      rewrite   unix  - - n - - trivial-rewrite
      bounce    unix  - - n - 0 bounce
      defer     unix  - - n - 0 bounce
      trace     unix  - - n - 0 bounce
      verify    unix  - - n - 1 verify
      proxymap  unix  - - n - - proxymap
      error     unix  - - n - - error
      retry     unix  - - n - - error
      discard   unix  - - n - - discard
      lmtp      unix  - - n - - lmtp
      anvil     unix  - - n - 1 anvil
      scache    unix  - - n - 1 scache
      showq     unix  n - n - - showq
    CONF

    # @param folder [Folder]
    # @param port [Integer] for SMTP
    # @param lmtp [Integer]
    # @param mailboxes [Array<String>]
    # @param catch_all [Hash{String => String}]
    def initialize(folder:, port:, lmtp:, mailboxes:, catch_all:)
      @folder = folder
      @port = port
      @lmtp = lmtp
      @mailboxes = mailboxes
      @catch_all = catch_all
    end

    # @return [Hash{String => String}] their texts by their paths below the folder
    def files
      {
        "etc/main.cf" => settings.map { |name, value| "#{name} = #{value}\n" }.join,
        "etc/master.cf" => "127.0.0.1:#{@port} inet n - n - - smtpd\n#{SERVICES}",
        "etc/mailboxes" => @mailboxes.map { |address| "#{address} whatever\n" }.join,
        "etc/aliases" => @catch_all.map { |domain, mailbox| "@#{domain} #{mailbox}\n" }.join
      }
    end

    private

    def settings
      { compatibility_level: "3.6", **places, **network, **addresses }
    end

    def places
      { queue_directory: @folder.join("queue"), data_directory: @folder.join("data"), maillog_file: "/dev/stdout" }
    end

    # What is for nobody here is refused at the door, a bounce goes nowhere, and headers are as a stranger wrote them.
    def network
      { inet_interfaces: "127.0.0.1", inet_protocols: "ipv4", mynetworks: "127.0.0.0/8", myhostname: "mx.example.com",
        smtpd_relay_restrictions: "reject_unauth_destination", smtpd_tls_security_level: "none",
        local_header_rewrite_clients: "", default_transport: "discard" }
    end

    def addresses
      { recipient_delimiter: "+", mydestination: "", alias_maps: "", local_recipient_maps: "",
        virtual_mailbox_domains: domains, virtual_mailbox_maps: "texthash:#{@folder.join('etc/mailboxes')}",
        virtual_transport: "lmtp:inet:127.0.0.1:#{@lmtp}",
        virtual_alias_domains: @catch_all.keys.join(" "),
        virtual_alias_maps: "texthash:#{@folder.join('etc/aliases')}" }
    end

    def domains
      @mailboxes.map { |address| address.split("@").last }.uniq.join(" ")
    end
  end
end
