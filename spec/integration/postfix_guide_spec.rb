# frozen_string_literal: true

require "support/rspec"

# "A basic Postfix on Debian" in docs/gitlab.md, command by command, up to a mail that comes back to its mailbox.
RSpec.describe "The guide to a basic Postfix", :integration,
               skip: Servers::Machine.impossible || Servers::Postfix.impossible do
  page = MarkdownPage.new("docs/gitlab.md")
  root = File.expand_path("../..", __dir__)

  # @return [String] the only block with these words
  block = lambda do |words|
    found = page.blocks.select { |one| one.text.include?(words) }
    raise "#{found.size} blocks of the page have #{words.inspect}" unless found.one?

    found.first.text
  end

  # What Debian's package asks, "Internet Site" being the answer, and what systemd starts, which is not there.
  fresh = <<~'SH'
    cat /usr/share/postfix/main.cf.debian >/etc/postfix/main.cf
    postconf -e 'alias_maps = hash:/etc/aliases' 'alias_database = hash:/etc/aliases' 'mydestination = localhost' \
      'mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128' 'inet_interfaces = all' \
      'maillog_file = /var/log/mail.log'
    newaliases
  SH
  start = "dovecot; postfix start"
  # The last command of the page, once there is something to see, which is half a minute at the most.
  listing = "for _ in {1..300}; do \\0 | grep -q . && break; sleep 0.1; done; \\0 | grep . || cat /var/log/mail.log"

  let(:machine) { Servers::Machine.new(name: "gitlab.example.com") }

  # @param text [String] of a file
  def file(path, text)
    "cat >#{path} <<'END'\n#{text}END\n"
  end

  it "gives GitLab a mailbox with sub-addresses" do
    settings = page.blocks.find { |one| one.language == "yaml" && one.text.include?('user: "incoming"') }.text
    output, = machine.run(<<~SH)
      #{fresh}
      #{block['adduser'].sub('passwd incoming', "echo 'incoming:your password' | chpasswd")}
      #{file('/etc/dovecot/conf.d/99-gitlab.conf', block['unix_listener'])}
      #{block['postconf -e']}
      #{block['systemctl restart dovecot postfix'].sub('systemctl restart dovecot postfix', start)}
      #{block['ls /home/incoming/Maildir/new'].sub(/^ls \S+new$/, listing)}
      mkdir -p /home/incoming/gitlab/config /home/incoming/gitlab/log
      cd /home/incoming/gitlab
      #{file('config/gitlab.yml', settings)}
      #{Gem.ruby} -I#{root}/lib #{root}/exe/mail_room check -c config/gitlab.yml --send-via smtp://localhost:25 ||
        cat /var/log/mail.log
      postfix stop; doveadm stop
    SH
    # The name of the mail that the page sends, and then the check's own.
    expect(output).to match(/^\d+\.\S+gitlab\.example\.com,S=.*^  It comes to this mailbox\? \.\.\. yes/m)
    # There is no GitLab here.
    expect(output.scan(/^  (.*) can be reached\? \.\.\. no/).flatten)
      .to eq(["Redis for jobs", "Redis for arbitration"]), output
    expect(output[/^Something is wrong: .*/]).to include(" 2 no, ")
  end
end
