// SPDX-License-Identifier: Apache-2.0

import java.io.InputStream;
import java.net.InetAddress;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.helper.SimpleMessageListener;
import org.subethamail.smtp.helper.SimpleMessageListenerAdapter;
import org.subethamail.smtp.server.SMTPServer;

/** A server of SubEthaSMTP to 3.1: ADDRESS VARIANT. */
class SubEthaSmtp {
    static class Alice implements SimpleMessageListener {
        public boolean accept(String from, String recipient) {
            return recipient.toLowerCase().endsWith("@lab.test");
        }

        public void deliver(String from, String recipient, InputStream data) throws java.io.IOException {
            data.readAllBytes();
        }
    }

    static void login(String user, String password) throws LoginFailedException {
        if (!user.equals("alice") || !password.equals("wonderland")) {
            throw new LoginFailedException();
        }
    }

    public static void main(String[] arguments) throws Exception {
        var server = new SMTPServer(new SimpleMessageListenerAdapter(new Alice()));
        server.setBindAddress(InetAddress.getByName(arguments[0]));
        server.setPort(25);
        server.setHostName("mail.lab.test");
        server.setEnableTLS(true);
        switch (arguments[1]) {
            case "altered" -> server.setSoftwareName("Postfix");
            case "hardened" -> {
                server.setSoftwareName("ready");
                server.setEnableTLS(false);
                server.setMaxMessageSize(1000000);
                server.setMaxRecipients(10);
            }
            default -> server.setAuthenticationHandlerFactory(
                    new EasyAuthenticationHandlerFactory(SubEthaSmtp::login));
        }
        server.start();
    }
}
