# frozen_string_literal: true

require "json"
require "openssl"
require "mail_room/native"
require "support/graph_helpers"
require "support/rspec"

# What the check finds in front of real servers.
RSpec.describe "A look at a mailbox", :graph, :integration do

  def examine(settings, **options)
    JSON.parse(MailRoom::Native.examine(JSON.generate(settings), JSON.generate(options)))
        .to_h { |finding| [finding["check"], finding] }
  end

  it "prints" do
    d = settings(ssl: false, start_tls: true)
    d = d.merge(ssl: {ca_file: certificates.ca_file}) 
    inbox.append(Mails.small(1))
    examine(d).each_value { |f| p f.values }
    examine(settings).each_value { |f| p f.values }
    puts
    examine(settings(start_tls: true)).each_value { |f| p f.values }
    puts
    examine(settings(ssl: true)).each_value { |f| p f.values }
    puts
    examine(settings(port: dovecot.ports[:imaps])).each_value { |f| p f.values }
    examine(settings(port: dovecot.ports[:imaps], start_tls: true, greeting_timeout: 2)).each_value { |f| p f.values }
    puts
    examine(settings(name: "Suport", password: "x")).each_value { |f| p f.values }
    examine(settings(name: "Suport")).each_value { |f| p f.values }
    puts
    examine(on_graph, only: nil).each_value { |f| p f.values }
    examine(on_graph.merge(name: "inbx")).each_value { |f| p f.values }
    p inbox.messages rescue p $!
  end
end
